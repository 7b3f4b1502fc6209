import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ConfigError } from '#config'
import { startFailure } from './run-process.ts'

test('a failed start says what was wrong and what to do', () => {
  const taken = Object.assign(new Error('listen EADDRINUSE'), {
    code: 'EADDRINUSE',
    address: '0.0.0.0',
    port: 8080,
  })
  assert.match(startFailure(taken), /0\.0\.0\.0:8080 is already in use.*-port/)
  const forbidden = Object.assign(new Error('listen EACCES'), {
    code: 'EACCES',
    address: '0.0.0.0',
    port: 80,
  })
  assert.match(startFailure(forbidden), /0\.0\.0\.0:80.*-port/)
  const elsewhere = Object.assign(new Error('listen'), {
    code: 'EADDRNOTAVAIL',
    address: '9.9.9.9',
    port: 80,
  })
  assert.match(startFailure(elsewhere), /9\.9\.9\.9.*0\.0\.0\.0/)
  const config = new ConfigError([{ path: 'providers', message: 'none is configured.' }])
  assert.equal(startFailure(config), config.message)
})

test('another failure shows its type and its masked message, no stack', () => {
  const text = startFailure(new TypeError('cannot use redis://user:sk-CANARY-0123456789@host'))
  assert.match(text, /^The process could not start: TypeError: cannot use redis:/)
  assert.equal(/CANARY|\n/.test(text), false)
})
