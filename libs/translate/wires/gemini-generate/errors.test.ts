import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import { ApiError, type GenerateContentResponse, GoogleGenAI } from '@google/genai'
import { ApiError as ApiError2025, GoogleGenAI as GoogleGenAI2025 } from 'genai-2025'
import { GatewayError, type JsonObject } from '#contract'
import { encodeSse } from '../../framing/sse.ts'
import { geminiGenerate as wire } from './index.ts'

const fixture = (name: string) => readFileSync(new URL(`./fixtures/${name}`, import.meta.url), 'utf8')
const answer = (status: number, text: string, headers: Record<string, string> = {}) =>
  wire.decodeError({ provider: 'gemini', status, headers, text, nowMs: 0 })
const own = (
  kind: GatewayError['kind'],
  code: string,
  more: { param?: string; retryAfterMs?: number } = {},
) => new GatewayError({ kind, code, message: 'm', ...more })

test('a vendor error keeps status, reason, member and delay', () => {
  const key = answer(400, fixture('invalid-key.error.json'))
  assert.equal(key.message, 'API key not valid. Please pass a valid API key.')
  assert.equal(key.code, 'API_KEY_INVALID')
  assert.deepEqual(key.upstream, {
    provider: 'gemini',
    status: 400,
    type: 'INVALID_ARGUMENT',
    code: 'API_KEY_INVALID',
  })
  assert.equal(answer(400, fixture('field.error.json')).param, 'generation_config.temperature')
  const quota = answer(429, fixture('quota.error.json'))
  assert.equal(quota.retryAfterMs, 14_000)
  assert.equal(quota.code, 'RESOURCE_EXHAUSTED')
  assert.equal(answer(429, fixture('quota.error.json'), { 'retry-after': '3' }).retryAfterMs, 3_000)
  assert.equal(answer(429, `[${fixture('quota.error.json')}]`).code, 'RESOURCE_EXHAUSTED')
  assert.equal(answer(502, '<html>').code, 'upstream_rejected')
})

test('an error is google.rpc.Status in JSON, with typed details', () => {
  const { body } = wire.encodeError(own('queue-full', 'queue_full', { retryAfterMs: 1500, param: 'p' }), 'r')
  assert.deepEqual(body, {
    error: {
      code: 429,
      message: 'm',
      status: 'RESOURCE_EXHAUSTED',
      details: [
        { '@type': 'type.googleapis.com/google.rpc.ErrorInfo', reason: 'QUEUE_FULL', domain: 'bifrost' },
        {
          '@type': 'type.googleapis.com/google.rpc.BadRequest',
          fieldViolations: [{ field: 'p', description: 'm' }],
        },
        { '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: '1.5s' },
      ],
    },
  })
  const again = answer(429, JSON.stringify(body))
  assert.deepEqual(
    [again.status, again.param, again.code, again.retryAfterMs],
    [429, 'p', 'QUEUE_FULL', 2_000],
  )
})

/** What the official clients raise when this is what they are answered. */
async function withServer<T>(listener: RequestListener, act: (baseUrl: string) => Promise<T>): Promise<T> {
  const server = createServer(listener).listen(0, '127.0.0.1')
  try {
    await new Promise((resolve) => server.once('listening', resolve))
    return await act(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
  } finally {
    server.close()
    server.closeAllConnections()
  }
}

const clients = [
  { name: '@google/genai 3.3.0', Client: GoogleGenAI, raised: ApiError },
  { name: '@google/genai 1.8.0', Client: GoogleGenAI2025, raised: ApiError2025 },
] as const

const rejected = async (work: Promise<unknown>) =>
  await work.then(
    () => assert.fail('nothing was raised'),
    (reason: unknown) => reason,
  )

const errors = [
  [own('invalid-request', 'invalid_type'), 400, 'INVALID_ARGUMENT'],
  [own('unauthenticated', 'invalid_api_key'), 401, 'UNAUTHENTICATED'],
  [own('forbidden', 'forbidden'), 403, 'PERMISSION_DENIED'],
  [own('not-found', 'model_not_found'), 404, 'NOT_FOUND'],
  [own('too-large', 'too_large'), 413, 'INVALID_ARGUMENT'],
  [own('queue-full', 'queue_full'), 429, 'RESOURCE_EXHAUSTED'],
  [own('internal', 'internal_error'), 500, 'INTERNAL'],
  [own('not-implemented', 'not_implemented'), 501, 'UNIMPLEMENTED'],
  [own('unavailable', 'draining'), 503, 'UNAVAILABLE'],
  [own('timeout', 'queue_timeout'), 504, 'DEADLINE_EXCEEDED'],
  [answer(529, '{"type":"error","error":{"type":"overloaded_error","message":"x"}}'), 529, 'UNAVAILABLE'],
  [answer(400, fixture('invalid-key.error.json')), 400, 'INVALID_ARGUMENT'],
] as const

for (const { name, Client, raised } of clients) {
  const ask = (baseUrl: string) => new Client({ apiKey: 'none', httpOptions: { baseUrl } })
  const request = { model: 'm', contents: 'hi' }

  test(`${name} raises its ApiError with the status of every error`, async () => {
    for (const [error, status, rpcStatus] of errors) {
      const encoded = wire.encodeError(error, 'r')
      assert.equal((encoded.body as { error: JsonObject }).error['status'], rpcStatus)
      const failure = await withServer(
        (_request, response) => {
          response.writeHead(encoded.status, { 'content-type': 'application/json' })
          response.end(JSON.stringify(encoded.body))
        },
        (url) => rejected(ask(url).models.generateContent(request)),
      )
      assert.ok(failure instanceof raised, String(failure))
      assert.equal(failure.status, status)
      assert.match(failure.message, new RegExp(rpcStatus))
    }
  })

  test(`${name} raises for an error inside a stream and reads our streams whole`, async () => {
    const read = (bytes: string) =>
      withServer(
        (_request, response) => {
          response.writeHead(200, { 'content-type': 'text/event-stream' })
          response.end(bytes)
        },
        async (url) => {
          const stream = await ask(url).models.generateContentStream(request)
          return await Array.fromAsync(stream as AsyncIterable<GenerateContentResponse>)
        },
      )
    const begun = fixture('error.sse').split('\r\n\r\n')[0]?.replace(/\r/g, '') ?? ''
    const ours = Buffer.from(encodeSse(wire.encodeStreamError(own('timeout', 'stream_idle_timeout'), 'r')))
    const failure = await rejected(read(`${begun}\n\n${ours.toString()}`))
    assert.ok(failure instanceof Error)
    if (raised === ApiError) {
      assert.ok(failure instanceof ApiError)
      assert.equal(failure.status, 504)
    }
    const chunks = await read(Buffer.from(fixture('tools.sse')).toString())
    assert.deepEqual(
      chunks.flatMap((each) => each.functionCalls ?? []).map(({ args }) => args),
      [{ city: 'Paris', days: 3 }, { city: 'Rome' }],
    )
    assert.equal(chunks.at(-1)?.candidates?.[0]?.finishReason, 'STOP')
  })
}
