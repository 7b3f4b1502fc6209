import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { CohereClientV2, CohereError } from 'cohere-ai'
import { CohereClientV2 as CohereClientV2Of2025 } from 'cohere-ai-2025'
import { isJsonObject, type JsonObject } from '#contract'
import {
  chunk,
  cohereRequest,
  end,
  head,
  startApi,
  streamHead,
  type TestApi,
} from './testing/start-api.suite.ts'

let api: TestApi
before(async () => {
  api = await startApi()
})
after(() => api.close())

const path = '/cohere/v2/chat'

async function refused(response: Response, status: number): Promise<string> {
  assert.equal(response.status, status)
  const body: unknown = await response.json()
  assert.ok(isJsonObject(body))
  assert.deepEqual(Object.keys(body), ['id', 'message'])
  assert.equal(body['id'], response.headers.get('x-request-id'))
  return String(body['message'])
}

test('bad bodies are a 400 in the shape of Cohere, naming the member', async () => {
  const cases: readonly (readonly [unknown, RegExp])[] = [
    ['{"model": "gpt', /JSON/],
    [{ ...cohereRequest, model: 7 }, /model/],
    [{ ...cohereRequest, messages: [] }, /messages/],
    [{ ...cohereRequest, stream: 'yes' }, /stream/],
    // A target on another wire: the request is decoded here.
    [{ ...cohereRequest, model: 'openai/gpt-4o', p: 'x' }, /^p must be a number/],
    [
      { model: 'openai/gpt-4o', messages: [{ role: 'robot', content: '' }] },
      /messages\[0\]\.role must be system, user, assistant or tool/,
    ],
  ]
  for (const [body, message] of cases) {
    assert.match(await refused(await api.post(path, body), 400), message)
  }
})

test('unknown models, media types and paths of Cohere answer in its shape', async () => {
  assert.match(await refused(await api.post(path, { ...cohereRequest, model: 'mistral/x' }), 404), /mistral/)
  const type = { 'content-type': 'text/plain' }
  await refused(await api.post(path, cohereRequest, type), 415)
  await refused(await api.post('/cohere/v2/nothing', cohereRequest), 404)
  await refused(await fetch(`${api.url}${path}`), 405)
})

test('a crossing target gets the request in the neutral form', async () => {
  const response = api.post(path, {
    ...cohereRequest,
    model: 'anthropic/claude-3-sonnet-20240229',
    documents: ['d'],
  })
  const job = await api.broker.nextJob()
  const { header, body } = job.submission
  assert.deepEqual([header.bodyKind, header.wire, header.surface], ['canonical', 'cohere-v2', 'cohere'])
  const request = JSON.parse(Buffer.from(body).toString()) as JsonObject
  assert.deepEqual(
    (request['messages'] as JsonObject[]).map(({ role, path: place }) => [role, place]),
    [
      ['user', 'documents'],
      ['user', 'messages[0]'],
    ],
  )
  job.send(head(), chunk('{}'), end())
  assert.equal((await response).status, 200)
})

for (const [generation, Client] of [
  ['8.1.0', CohereClientV2],
  ['7.17.1', CohereClientV2Of2025 as unknown as typeof CohereClientV2],
] as const) {
  const client = () => new Client({ token: 'dummy', environment: `${api.url}/cohere` })
  const request = { model: 'command-r7b-12-2024', messages: [{ role: 'user' as const, content: 'hi' }] }

  test(`cohere-ai ${generation} reads an answer, a stream and an error through the surface`, async () => {
    const answer = client().chat(request)
    const message = { role: 'assistant', content: [{ type: 'text', text: 'Hello' }] }
    const whole = { id: 'a', finish_reason: 'COMPLETE', message }
    ;(await api.broker.nextJob()).send(head(), chunk(JSON.stringify(whole)), end())
    assert.deepEqual((await answer).message.content, [{ type: 'text', text: 'Hello' }])

    const pending = client().chatStream(request)
    const job = await api.broker.nextJob()
    assert.equal(job.submission.header.peek.stream, true)
    const last = '{"type":"message-end","delta":{"finish_reason":"COMPLETE"}}'
    job.send(streamHead, chunk(`event: message-end\ndata: ${last}\n\ndata: [DONE]\n\n`), end())
    const events = await Array.fromAsync(await pending)
    assert.deepEqual(
      events.map(({ type }) => type),
      ['message-end'],
    )

    await assert.rejects(
      client().chat({ ...request, model: 'nobody/x' }, { maxRetries: 0 }),
      (error: Error & { statusCode?: number }) => {
        assert.equal(error.constructor.name, 'NotFoundError')
        assert.equal(error.statusCode, 404)
        if (Client === CohereClientV2) assert.ok(error instanceof CohereError)
        return true
      },
    )
  })
}
