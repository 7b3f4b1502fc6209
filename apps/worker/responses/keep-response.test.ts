import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { type ChatRequest, GatewayError, type JobHeader } from '#contract'
import { createMemoryStore, createStoredResponses, type Store } from '#store'
import { processJob } from '../process-job.ts'
import { fakeDelivery } from '../testing/fake-delivery.ts'
import { answerJson, startStream, startUpstream } from '../testing/upstream.ts'
import { providerConfig, workerContext } from '../testing/worker-context.ts'
import { withoutMemory } from './keep-response.ts'

const target = { provider: 'anthropic', model: 'claude-sonnet-4-5' }
const peek = { model: 'claude-sonnet-4-5', stream: false, streamUsage: true, fallbacks: [] }
const request: ChatRequest = {
  model: 'claude-sonnet-4-5',
  stream: false,
  streamUsage: true,
  sampling: { maxOutputTokens: 100 },
  messages: [
    { role: 'system', parts: [{ type: 'text', text: 'Be brief.' }], path: 'instructions' },
    { role: 'user', parts: [{ type: 'text', text: 'hi' }], path: 'input' },
  ],
  extensions: { 'openai-responses': {} },
}
const message = {
  id: 'msg_1',
  type: 'message',
  role: 'assistant',
  model: 'claude-sonnet-4-5',
  content: [{ type: 'text', text: 'hello' }],
  stop_reason: 'end_turn',
  stop_sequence: null,
  usage: { input_tokens: 3, output_tokens: 2 },
}
const event = (data: { type: string; [member: string]: unknown }) =>
  `event: ${data.type}\ndata: ${JSON.stringify(data)}\n\n`
const stream = [
  event({ type: 'message_start', message: { ...message, content: [], stop_reason: null } }),
  event({ type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } }),
  event({ type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'hello' } }),
  event({ type: 'content_block_stop', index: 0 }),
  event({ type: 'message_delta', delta: { stop_reason: 'end_turn' }, usage: { output_tokens: 2 } }),
  event({ type: 'message_stop' }),
].join('')

async function ask(
  context: TestContext,
  options: { readonly streamed: boolean; readonly store?: Store; readonly over?: Partial<ChatRequest> },
) {
  const { streamed } = options
  const upstream = await startUpstream(context, (response) => {
    if (streamed) startStream(response).end(stream)
    else answerJson(response, message)
  })
  const provider = providerConfig('anthropic', { network: { baseUrl: upstream.url } })
  const worker = workerContext(context, [provider], 0, options.store)
  const header: Partial<JobHeader> = {
    wire: 'openai-responses',
    bodyKind: 'canonical',
    peek: { ...peek, stream: streamed },
  }
  const body = JSON.stringify({ ...request, stream: streamed, ...options.over })
  const delivery = fakeDelivery({ target, body, header })
  await processJob(worker, delivery)
  const end = delivery.reply.frames.at(-1)
  assert.ok(end?.type === 'end', JSON.stringify(end))
  const { id } = streamed ? lastResponse(delivery.reply.text()) : JSON.parse(delivery.reply.text())
  return { id: String(id), end, worker, stored: createStoredResponses(worker.store.records) }
}

function lastResponse(text: string): { readonly id: string } {
  const data = text.split('\n').filter((line) => line.startsWith('data: {'))
  return JSON.parse(data.at(-1)?.slice('data: '.length) ?? '').response
}

for (const streamed of [false, true]) {
  const form = streamed ? 'streamed' : 'unary'

  test(`${form}: answer and conversation are kept under the answer's id, without the instructions`, async (context) => {
    const { id, end, stored } = await ask(context, { streamed })
    const kept = await stored.find(id)
    assert.equal(kept?.response['id'], id)
    assert.equal(kept?.response['status'], 'completed')
    assert.deepEqual(
      kept?.messages.map(({ path }) => path),
      ['input'],
    )
    assert.deepEqual(end.warnings, [])
  })

  test(`${form}: store: false keeps nothing, and the provider is not told of it`, async (context) => {
    const { id, end, stored } = await ask(context, {
      streamed,
      over: { extensions: { 'openai-responses': { store: false } } },
    })
    assert.equal(await stored.find(id), undefined)
    assert.deepEqual(end.warnings, [])
  })

  test(`${form}: what cannot be kept is named, and the answer is whole`, async (context) => {
    const memory = createMemoryStore()
    const away = () =>
      Promise.reject(new GatewayError({ kind: 'unavailable', code: 'store_unavailable', message: 'away' }))
    const lost = await ask(context, {
      streamed,
      store: { ...memory, records: { ...memory.records, set: away } },
    })
    const long = 'x'.repeat(9 * 1024 * 1024)
    const messages = [{ role: 'user', parts: [{ type: 'text', text: long }], path: 'input' }] as const
    const tooLong = await ask(context, { streamed, over: { messages } })
    for (const { end, worker } of [lost, tooLong]) {
      assert.deepEqual(end.warnings, [{ code: 'changed', path: 'store' }])
      assert.equal(worker.lines.filter(({ level }) => level === 'warn').length, 1)
    }
  })
}

test('a provider of this wire is told to keep, never where we have looked', () => {
  const own = { previous_response_id: 'resp_bf', store: true, truncation: 'auto' }
  const asked = { ...request, extensions: { 'openai-responses': own } }
  const left = (keepsHere: boolean) => withoutMemory(asked, { keepsHere }).extensions?.['openai-responses']
  assert.deepEqual(left(false), { store: true, truncation: 'auto' })
  assert.deepEqual(left(true), { truncation: 'auto' })
})
