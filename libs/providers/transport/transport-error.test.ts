import assert from 'node:assert/strict'
import { test } from 'node:test'
import { connectCode, connectError, exchangeError } from './transport-error.ts'

const coded = (code: string) => Object.assign(new Error('it failed'), { code })

const connecting: [string, boolean, string][] = [
  ['ENOTFOUND', false, 'dns_failed'],
  ['EAI_AGAIN', true, 'dns_failed'],
  ['ECONNREFUSED', true, 'connection_refused'],
  ['UND_ERR_CONNECT_TIMEOUT', false, 'connect_timeout'],
  ['ETIMEDOUT', false, 'connect_timeout'],
  ['UND_ERR_HEADERS_TIMEOUT', true, 'connect_timeout'],
  ['DEPTH_ZERO_SELF_SIGNED_CERT', true, 'tls_failed'],
  ['ERR_TLS_CERT_ALTNAME_INVALID', true, 'tls_failed'],
  ['ERR_SSL_WRONG_VERSION_NUMBER', true, 'tls_failed'],
  ['CERT_HAS_EXPIRED', true, 'tls_failed'],
  ['ECONNRESET', true, 'tls_failed'],
  ['ECONNRESET', false, 'connect_failed'],
  ['EHOSTUNREACH', false, 'connect_failed'],
  ['UND_ERR_ABORTED', true, 'connect_failed'],
]

for (const [code, secure, expected] of connecting) {
  test(`connecting: ${code}${secure ? ' over TLS' : ''} is ${expected}`, () => {
    assert.equal(connectCode(coded(code), secure), expected)
    assert.equal(connectError(coded(code), secure).kind, 'upstream-unreachable')
  })
}

test('what is our own fault is not blamed on the network, so that it is not tried again', () => {
  assert.equal(connectError(coded('UND_ERR_INVALID_ARG'), false).kind, 'internal')
  assert.equal(connectError(coded('UND_ERR_DESTROYED'), false).code, 'draining')
})

const parserError = (message: string) => Object.assign(new Error(message), { name: 'HTTPParserError' })

const written: [string, Error, string][] = [
  ['a socket that closed', coded('UND_ERR_SOCKET'), 'upstream_connection_lost'],
  ['a reset', coded('ECONNRESET'), 'upstream_connection_lost'],
  ['a body short of its length', coded('UND_ERR_RES_CONTENT_LENGTH_MISMATCH'), 'upstream_connection_lost'],
  ['chunks that stop', parserError('… (Invalid EOF state)'), 'upstream_connection_lost'],
  ['no HTTP', parserError('… (Expected HTTP/)'), 'upstream_bad_response'],
  ['endless headers', coded('UND_ERR_HEADERS_OVERFLOW'), 'upstream_bad_response'],
]

for (const [name, cause, expected] of written) {
  test(`after the request was written: ${name} is ${expected}`, () => {
    const error = exchangeError(cause)
    assert.equal(error.code, expected)
    assert.equal(error.kind, 'upstream-failed')
  })
}

test('after the request was written: a pool that we closed is draining', () => {
  assert.equal(exchangeError(coded('UND_ERR_DESTROYED')).code, 'draining')
})
