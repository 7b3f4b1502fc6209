import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { fastify } from 'fastify'
import { requireAuthClass } from './app.ts'
import { noSchemas } from './no-schemas.ts'
import { chatRequest, chunk, end, head, startApi, type TestApi } from './testing/start-api.suite.ts'

const origin = 'https://app.example'
let api: TestApi
before(async () => {
  api = await startApi({ file: { server: { allowed_origins: [origin] } } })
})
after(() => api.close())

test('a route without an auth class keeps the process from starting', () => {
  const route = { method: 'GET', url: '/x', handler: () => {} }
  assert.throws(
    () => requireAuthClass({ ...route, path: '/x', prefix: '', routePath: '/x' } as never),
    /GET \/x/,
  )
  assert.doesNotThrow(() => requireAuthClass({ ...route, config: { auth: 'public' } } as never))
})

test('a route with a schema keeps the process from starting', async () => {
  for (const schema of [{ body: { type: 'object' } }, { response: { 200: { type: 'object' } } }]) {
    const app = fastify({ schemaController: noSchemas })
    app.post('/x', { schema }, () => {})
    await assert.rejects(async () => await app.ready(), /take no schema/)
  }
})

test('a preflight is answered on every surface, whatever headers an SDK wants to send', async () => {
  const wanted = 'authorization,content-type,x-stainless-lang,anthropic-dangerous-direct-browser-access'
  for (const path of [
    '/openai/v1/chat/completions',
    '/v1/chat/completions',
    '/anthropic/v1/messages',
    '/v1/models',
  ]) {
    const response = await fetch(`${api.url}${path}`, {
      method: 'OPTIONS',
      headers: { origin, 'access-control-request-method': 'POST', 'access-control-request-headers': wanted },
    })
    assert.equal(response.status, 204, path)
    assert.equal(response.headers.get('access-control-allow-origin'), origin, path)
    assert.equal(response.headers.get('access-control-allow-headers'), wanted, path)
    assert.match(response.headers.get('access-control-allow-methods') ?? '', /POST/)
  }
})

test('answers and errors carry the CORS headers and expose ours', async () => {
  const send = (body: unknown) => api.post('/v1/chat/completions', body, { origin })
  const pending = send(chatRequest)
  ;(await api.broker.nextJob()).send(head(), chunk('{}'), end())
  for (const response of [await pending, await send('{'), await api.post('/v1/models', '{}', { origin })]) {
    assert.equal(response.headers.get('access-control-allow-origin'), origin, String(response.status))
    assert.match(response.headers.get('access-control-expose-headers') ?? '', /x-bifrost-warnings/)
  }
})

test('another origin gets no permission', async () => {
  const response = await api.post('/v1/chat/completions', '{', { origin: 'https://evil.example' })
  assert.equal(response.headers.get('access-control-allow-origin'), null)
})
