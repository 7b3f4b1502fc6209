import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { ApiError, type GenerateContentResponse, GoogleGenAI } from '@google/genai'
import { GoogleGenAI as GoogleGenAI2025 } from 'genai-2025'
import type { Frame } from '#contract'
import { chunk, end, head, startApi, type TestApi, targetsOf } from './testing/start-api.suite.ts'

let api: TestApi
before(async () => {
  api = await startApi()
})
after(() => api.close())

const target = { provider: 'gemini', model: 'gemini-2.5-flash' }
const body = { contents: [{ role: 'user', parts: [{ text: 'private prompt' }] }] }
const answer = {
  candidates: [{ content: { parts: [{ text: 'hi' }], role: 'model' }, finishReason: 'STOP', index: 0 }],
  usageMetadata: { promptTokenCount: 5, candidatesTokenCount: 2, totalTokenCount: 7 },
}

/** What the API queued for one request, which is then answered. */
async function queued(path: string) {
  const pending = api.post(path, body)
  const job = await api.broker.nextJob()
  job.send(head({ target }), chunk(JSON.stringify(answer)), end())
  const response = await pending
  assert.equal(response.status, 200, path)
  return { job, response }
}

test('model, method and format of a stream come from the URL', async () => {
  const gpt = { provider: 'openai', model: 'gpt-4o' }
  const cases = [
    ['/genai/v1beta/models/gemini-2.5-flash:generateContent', target, false, undefined],
    ['/genai/v1/models/gemini-2.5-flash:generateContent', target, false, undefined],
    ['/genai/v1beta/models/openai/gpt-4o:generateContent', gpt, false, undefined],
    ['/genai/v1beta/models/openai%2Fgpt-4o:streamGenerateContent?alt=sse', gpt, true, undefined],
    ['/genai/v1/models/gemini-2.5-flash:streamGenerateContent', target, true, 'json-array'],
    ['/genai/v1/models/gemini-2.5-flash:streamGenerateContent?alt=json', target, true, 'json-array'],
    [
      '/genai/v1beta/tunedModels/mine-1:generateContent',
      { provider: 'gemini', model: 'tunedModels/mine-1' },
      false,
      undefined,
    ],
  ] as const
  for (const [path, expected, stream, streamFormat] of cases) {
    const { header } = (await queued(path)).job.submission
    assert.deepEqual(targetsOf(header), [expected], path)
    assert.equal(header.peek.stream, stream, path)
    assert.equal(header.peek.streamFormat, streamFormat, path)
    assert.equal(header.surface, 'genai')
    assert.equal(header.wire, 'gemini-generate')
    assert.equal(header.bodyKind, expected.provider === 'gemini' ? 'wire' : 'canonical', path)
  }
})

test('tuned models are counted and embedded at the paths of their own', async () => {
  const content = { parts: [{ text: 'hi' }] }
  const cases = [
    ['countTokens', 'gemini-count-tokens', { contents: [{ role: 'user', ...content }] }],
    ['embedContent', 'gemini-embed-content', { content }],
    ['batchEmbedContents', 'gemini-embed', { requests: [{ model: 'tunedModels/mine-1', content }] }],
  ] as const
  for (const [method, wire, sent] of cases) {
    const pending = api.post(`/genai/v1beta/tunedModels/mine-1:${method}`, sent)
    const job = await api.broker.nextJob()
    job.send(head({ target: { provider: 'gemini', model: 'tunedModels/mine-1' } }), chunk('{}'), end())
    assert.equal((await pending).status, 200, method)
    const { header } = job.submission
    assert.deepEqual(targetsOf(header), [{ provider: 'gemini', model: 'tunedModels/mine-1' }], method)
    assert.equal(header.wire, wire)
  }
})

test('a path of no method, another method and a body that is wrong fail in the shape of the vendor', async () => {
  const refused = async (path: string, sent: unknown, method = 'POST') => {
    const headers = { 'content-type': 'application/json' }
    const init =
      method === 'GET' ? {} : { headers, body: typeof sent === 'string' ? sent : JSON.stringify(sent) }
    const response = await fetch(`${api.url}/genai${path}`, { method, ...init })
    const { error } = (await response.json()) as { error: { code: number; status: string; message: string } }
    assert.equal(error.code, response.status, path)
    return [response.status, error.status, error.message] as const
  }
  const path = '/v1beta/models/gemini-2.5-flash:generateContent'
  const cases = [
    [await refused('/v1beta/models/x:nothing', body), 405, 'INVALID_ARGUMENT'],
    [await refused('/v2/models/x:generateContent', body), 404, 'NOT_FOUND'],
    [await refused(path, body, 'DELETE'), 405, 'INVALID_ARGUMENT'],
    [await refused(path, '{"contents"'), 400, 'INVALID_ARGUMENT'],
    [await refused(path, {}), 400, 'INVALID_ARGUMENT'],
    [await refused('/v1beta/models/:generateContent', body), 400, 'INVALID_ARGUMENT'],
    [await refused('/v1beta/models/groq/x:generateContent', body), 404, 'NOT_FOUND'],
    [
      await refused('/v1/models/openai/gpt-4o:generateContent', { contents: [{ parts: [{ text: 1 }] }] }),
      400,
      'INVALID_ARGUMENT',
    ],
  ] as const
  for (const [[status, name, message], expectedStatus, expectedName] of cases) {
    assert.deepEqual([status, name], [expectedStatus, expectedName], message)
  }
})

for (const { name, Client } of [
  { name: '@google/genai 3.3.0', Client: GoogleGenAI },
  { name: '@google/genai 1.8.0', Client: GoogleGenAI2025 },
]) {
  const models = () => new Client({ apiKey: 'k', httpOptions: { baseUrl: `${api.url}/genai` } }).models

  test(`${name} names models of any provider and reads the answer`, async () => {
    const pending = models().generateContent({ model: 'openai/gpt-4o', contents: 'hi' })
    const job = await api.broker.nextJob()
    assert.deepEqual(targetsOf(job.submission.header), [{ provider: 'openai', model: 'gpt-4o' }])
    job.send(head(), chunk(JSON.stringify(answer)), end())
    const response = (await pending) as GenerateContentResponse
    assert.equal(response.text, 'hi')
  })

  test(`${name} raises for a stream that fails after it has begun`, async () => {
    const pending = models().generateContentStream({ model: 'gemini-2.5-flash', contents: 'hi' })
    const job = await api.broker.nextJob()
    assert.equal(job.submission.header.peek.streamFormat, undefined)
    const { finishReason: _open, ...candidate } = answer.candidates[0] ?? {}
    job.send(
      head({ target, headers: { 'content-type': 'text/event-stream; charset=utf-8' } }),
      chunk(`data: ${JSON.stringify({ candidates: [candidate] })}\r\n\r\n`),
    )
    const read: string[] = []
    const failing = (async () => {
      for await (const each of (await pending) as AsyncIterable<GenerateContentResponse>)
        read.push(each.text ?? '')
    })()
    job.send({
      type: 'fail',
      error: { kind: 'upstream-failed', code: 'upstream_stream_truncated', message: 'It ended.' },
      attempts: [],
    })
    await assert.rejects(failing, (error) =>
      Client === GoogleGenAI ? error instanceof ApiError && error.status === 502 : error instanceof Error,
    )
    assert.equal(read[0], 'hi')
  })
}

test('a stream that is an array ends as one, also when it fails', async () => {
  const run = async (...last: readonly Frame[]) => {
    const pending = api.post('/genai/v1beta/models/gemini-2.5-flash:streamGenerateContent', body)
    const job = await api.broker.nextJob()
    job.send(head({ target }), chunk(`[${JSON.stringify(answer)}`), ...last)
    const response = await pending
    return (await response.json()) as { error?: { code: number; status: string } }[]
  }
  assert.deepEqual(await run(chunk('\r\n]'), end()), [answer])
  const failed = await run({
    type: 'fail',
    error: { kind: 'timeout', code: 'stream_idle_timeout', message: 'Silence.' },
    attempts: [],
  })
  assert.deepEqual(failed[0], answer)
  assert.equal(failed[1]?.error?.status, 'DEADLINE_EXCEEDED')
})
