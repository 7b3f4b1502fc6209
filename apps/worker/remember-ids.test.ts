import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { type ChatRequest, GatewayError, type JobHeader, type JsonObject } from '#contract'
import { createMemoryStore, createOwners, type Store } from '#store'
import { processJob } from './process-job.ts'
import { idsIn } from './remember-ids.ts'
import { fakeDelivery } from './testing/fake-delivery.ts'
import { only } from './testing/openai-fixtures.ts'
import { answerJson, startStream, startUpstream } from './testing/upstream.ts'
import { keyConfig, providerConfig, workerContext } from './testing/worker-context.ts'

const target = { provider: 'openai', model: 'gpt-4o' }
const body = '{"model":"gpt-4o","input":"hi"}'
const peek = { model: 'gpt-4o', stream: false, streamUsage: true, fallbacks: [] }
const native: Partial<JobHeader> = { wire: 'openai-responses', peek }
const response = {
  id: 'resp_1',
  object: 'response',
  status: 'completed',
  model: 'gpt-4o',
  output: [
    {
      type: 'message',
      id: 'msg_1',
      role: 'assistant',
      status: 'completed',
      content: [{ type: 'output_text', text: 'hello', annotations: [] }],
    },
  ],
  usage: { input_tokens: 1, output_tokens: 1, total_tokens: 2 },
}
const event = (type: string) => `event: ${type}\ndata: ${JSON.stringify({ type, response })}\n\n`
const keys = ['one', 'two'].map((name) => keyConfig(name, { models: ['gpt-4o'] }))

function workerFor(context: TestContext, url: string, store: Store = createMemoryStore()) {
  const worker = workerContext(
    context,
    [providerConfig('openai', { keys, network: { baseUrl: url } })],
    0.9,
    store,
  )
  return { worker, owners: createOwners(worker.store.records) }
}

test('native: an id is known with its key and tenant when its answer ends', async (context) => {
  const upstream = await startUpstream(context, (answer) => answerJson(answer, response))
  const { worker, owners } = workerFor(context, upstream.url)
  const delivery = fakeDelivery({ target, body, header: native })
  await processJob(worker, delivery)
  only(delivery.reply, 'end')
  const owner = { provider: 'openai', key: 'two', tenant: 'anonymous' }
  assert.deepEqual(await owners.find({ kind: 'response', id: 'resp_1' }), owner)
})

test('native, streamed: an id is known before the caller has it', async (context) => {
  const upstream = await startUpstream(context, (answer) => {
    startStream(answer).end(event('response.created') + event('response.completed'))
  })
  const steps: string[] = []
  const store = createMemoryStore()
  const { worker } = workerFor(context, upstream.url, {
    ...store,
    records: {
      ...store.records,
      async set(key) {
        // As long as it likes: the caller waits.
        await new Promise((resolve) => setImmediate(resolve))
        steps.push(key)
      },
    },
  })
  const delivery = fakeDelivery({ target, body, header: { ...native, peek: { ...peek, stream: true } } })
  void delivery.reply.firstChunk.then(() => steps.push('first chunk'))
  await processJob(worker, delivery)
  assert.deepEqual(steps, ['id:response:resp_1', 'first chunk'])
})

test('an id of a wire whose answers nobody comes back to is not kept', async (context) => {
  const upstream = await startUpstream(context, (answer) =>
    answerJson(answer, { id: 'chatcmpl-1', object: 'chat.completion', model: 'gpt-4o', choices: [] }),
  )
  const store = createMemoryStore()
  const { worker } = workerFor(context, upstream.url, {
    ...store,
    records: { ...store.records, set: () => Promise.reject(new Error('asked')) },
  })
  await processJob(worker, fakeDelivery({ target, body: '{"model":"gpt-4o","messages":[]}' }))
  assert.deepEqual(
    worker.lines.filter(({ level }) => level === 'warn'),
    [],
  )
})

test('a store that is away costs one line in the log, not the answer', async (context) => {
  const upstream = await startUpstream(context, (answer) => answerJson(answer, response))
  const store = createMemoryStore()
  const away = () =>
    Promise.reject(new GatewayError({ kind: 'unavailable', code: 'store_unavailable', message: 'away' }))
  const { worker } = workerFor(context, upstream.url, { ...store, records: { ...store.records, set: away } })
  const delivery = fakeDelivery({ target, body, header: native })
  await processJob(worker, delivery)
  only(delivery.reply, 'end')
  assert.equal(worker.lines.filter(({ level }) => level === 'warn').length, 1)
})

test('a request for one key is made with it alone, whatever model it serves', async (context) => {
  const upstream = await startUpstream(context, (answer) => answerJson(answer, response))
  const { worker } = workerFor(context, upstream.url)
  for (const key of ['one', 'two']) {
    await processJob(worker, fakeDelivery({ target, body, header: { ...native, key } }))
    assert.equal(upstream.seen.at(-1)?.headers.authorization, `Bearer sk-canary-${key}`)
  }
  const delivery = fakeDelivery({ target, body, header: { ...native, key: 'gone' } })
  await processJob(worker, delivery)
  const { error } = only(delivery.reply, 'fail')
  assert.equal(error.status, 404)
  assert.equal(error.code, 'key_not_found')
  assert.match(error.message, /"gone".*"openai"/)
  assert.equal(upstream.seen.length, 2)
})

test('a conversation of ours at a provider with the API: told whole, and kept there', async (context) => {
  const upstream = await startUpstream(context, (answer) => answerJson(answer, response))
  const { worker, owners } = workerFor(context, upstream.url)
  const text = (words: string) => [{ type: 'text', text: words } as const]
  const request: ChatRequest = {
    model: 'gpt-4o',
    stream: false,
    streamUsage: true,
    sampling: {},
    messages: [
      { role: 'user', parts: text('one'), path: 'previous_response_id' },
      { role: 'assistant', parts: text('two'), path: 'previous_response_id' },
      { role: 'user', parts: text('three'), path: 'input' },
    ],
    extensions: { 'openai-responses': { previous_response_id: 'resp_bf', store: true } },
  }
  const header: Partial<JobHeader> = { ...native, bodyKind: 'canonical' }
  const delivery = fakeDelivery({ target, body: JSON.stringify(request), header })
  await processJob(worker, delivery)
  const sent = JSON.parse(upstream.seen[0]?.body ?? '') as JsonObject
  assert.equal(sent['previous_response_id'], undefined)
  assert.equal(sent['store'], true)
  assert.equal((sent['input'] as JsonObject[]).length, 3)
  const answer = JSON.parse(delivery.reply.text())
  assert.deepEqual([answer.id, answer.previous_response_id], ['resp_1', 'resp_bf'])
  assert.equal((await owners.find({ kind: 'response', id: 'resp_1' }))?.key, 'two')
})

test('ids in an answer: things, pages of them, and a batch’s files; not what is deleted', () => {
  const ids = (answer: JsonObject, wire: 'openai-files' | 'openai-batches' | 'anthropic-batches') =>
    idsIn(wire, answer).map(({ kind, id }) => `${kind} ${id}`)
  assert.deepEqual(ids({ id: 'file-1', object: 'file' }, 'openai-files'), ['file file-1'])
  assert.deepEqual(ids({ data: [{ id: 'a' }, 7, { id: 'b' }] }, 'openai-files'), ['file a', 'file b'])
  assert.deepEqual(ids({ id: 'file-1', deleted: true }, 'openai-files'), [])
  assert.deepEqual(ids({ id: 'm', type: 'message_batch_deleted' }, 'anthropic-batches'), [])
  const batch = { id: 'b', input_file_id: 'in', output_file_id: 'out', error_file_id: null }
  assert.deepEqual(ids(batch, 'openai-batches'), ['batch b', 'file in', 'file out'])
  const many = { data: Array.from({ length: 5_000 }, (_, index) => ({ id: `f${index}` })) }
  assert.equal(idsIn('openai-files', many).length, 1_000)
})
