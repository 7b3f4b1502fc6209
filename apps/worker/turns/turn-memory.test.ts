import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { type ChatRequest, GatewayError, type JobHeader } from '#contract'
import { createMemoryStore, type Store } from '#store'
import { processJob } from '../process-job.ts'
import { fakeDelivery } from '../testing/fake-delivery.ts'
import { answerJson, startStream, startUpstream } from '../testing/upstream.ts'
import { providerConfig, workerContext } from '../testing/worker-context.ts'

/*
 * A tool turn of extended thinking through an OpenAI client: what the model thought has no field there, and the vendor
 * wants it back with the result.
 */

const target = { provider: 'anthropic', model: 'claude-sonnet-4-5' }
const peek = { model: 'claude-sonnet-4-5', stream: false, streamUsage: true, fallbacks: [] }
const vendorId = 'toolu_01A09q90qw90lq917835lq9'
const thinking = { type: 'thinking', thinking: 'It asks for the weather.', signature: 'EqQBCkYIARgCKkDx' }
const redacted = { type: 'redacted_thinking', data: 'EmwKAhgBEgy3va' }
const call = { type: 'tool_use', id: vendorId, name: 'weather', input: { city: 'Oslo' } }
const question: ChatRequest = {
  model: 'claude-sonnet-4-5',
  stream: false,
  streamUsage: true,
  messages: [{ role: 'user', parts: [{ type: 'text', text: 'Weather in Oslo?' }] }],
  sampling: { maxOutputTokens: 4_000 },
  reasoning: { budgetTokens: 2_000 },
  tools: [{ type: 'function', name: 'weather', schema: { type: 'object' } }],
}
const message = (content: readonly object[]) => ({
  id: 'msg_1',
  type: 'message',
  role: 'assistant',
  model: 'claude-sonnet-4-5',
  content,
  stop_reason: 'tool_use',
  stop_sequence: null,
  usage: { input_tokens: 3, output_tokens: 2 },
})

const event = (data: { type: string; [member: string]: unknown }) =>
  `event: ${data.type}\ndata: ${JSON.stringify(data)}\n\n`

/** The same answer as a stream. */
function streamed(content: readonly { type: string; [member: string]: unknown }[]): string {
  const blocks = content.map((block, index) => {
    const delta = (value: object) => event({ type: 'content_block_delta', index, delta: value })
    const start = (value: object) => event({ type: 'content_block_start', index, content_block: value })
    const inner = {
      thinking: () =>
        start({ type: 'thinking', thinking: '', signature: '' }) +
        delta({ type: 'thinking_delta', thinking: String(block['thinking']).slice(0, 5) }) +
        delta({ type: 'thinking_delta', thinking: String(block['thinking']).slice(5) }) +
        delta({ type: 'signature_delta', signature: block['signature'] }),
      tool_use: () =>
        start({ ...block, input: {} }) +
        delta({ type: 'input_json_delta', partial_json: JSON.stringify(block['input']) }),
      text: () => start({ type: 'text', text: '' }) + delta({ type: 'text_delta', text: block['text'] }),
      redacted_thinking: () => start(block),
    }[block.type]
    return `${inner?.()}${event({ type: 'content_block_stop', index })}`
  })
  const end = { delta: { stop_reason: 'tool_use', stop_sequence: null }, usage: { output_tokens: 2 } }
  return [
    event({ type: 'message_start', message: { ...message([]), stop_reason: null } }),
    ...blocks,
    event({ type: 'message_delta', ...end }),
    event({ type: 'message_stop' }),
  ].join('')
}

type Called = { readonly id: string; readonly type: string; readonly function: object }

/** Asks through the OpenAI surface and returns the tool calls as the client has them, and the job's last frame. */
async function ask(
  context: TestContext,
  options: {
    readonly content: readonly { type: string; [member: string]: unknown }[]
    readonly stream: boolean
    readonly store: Store
  },
) {
  const { stream } = options
  const upstream = await startUpstream(context, (response) => {
    if (stream) startStream(response).end(streamed(options.content))
    else answerJson(response, message(options.content))
  })
  const provider = providerConfig('anthropic', { network: { baseUrl: upstream.url } })
  const worker = workerContext(context, [provider], 0, options.store)
  const header: Partial<JobHeader> = { bodyKind: 'canonical', peek: { ...peek, stream } }
  const delivery = fakeDelivery({ target, body: JSON.stringify({ ...question, stream }), header })
  await processJob(worker, delivery)
  const end = delivery.reply.frames.at(-1)
  assert.equal(end?.type, 'end')
  const calls = stream ? streamedCalls(delivery.reply.text()) : wholeCalls(delivery.reply.text())
  return { calls, end, worker }
}

function wholeCalls(text: string): readonly Called[] {
  return JSON.parse(text).choices[0].message.tool_calls
}

function streamedCalls(text: string): readonly Called[] {
  const chunks = text
    .split('\n\n')
    .filter((line) => line.startsWith('data: {'))
    .map((line) => JSON.parse(line.slice('data: '.length)))
  const deltas = chunks.flatMap((chunk) => chunk.choices[0]?.delta?.tool_calls ?? [])
  const calls: { id: string; type: string; function: { name: string; arguments: string } }[] = []
  for (const delta of deltas) {
    if (delta.id !== undefined) calls.push({ id: delta.id, type: 'function', function: delta.function })
    const last = calls.at(-1)
    if (delta.id === undefined && last !== undefined) last.function.arguments += delta.function.arguments
  }
  return calls
}

/** Sends the results back as an OpenAI client does, in its own bytes, and returns what the provider was sent. */
async function answerCalls(
  context: TestContext,
  calls: readonly Called[],
  options: { readonly store: Store; readonly content?: string },
) {
  const upstream = await startUpstream(context, (response) =>
    answerJson(response, message([{ type: 'text', text: 'Rain.' }])),
  )
  const provider = providerConfig('anthropic', { network: { baseUrl: upstream.url } })
  const worker = workerContext(context, [provider], 0, options.store)
  const body = JSON.stringify({
    model: 'claude-sonnet-4-5',
    max_completion_tokens: 4_000,
    reasoning_effort: 'low',
    tools: [{ type: 'function', function: { name: 'weather', parameters: { type: 'object' } } }],
    messages: [
      { role: 'user', content: 'Weather in Oslo?' },
      { role: 'assistant', content: options.content ?? null, tool_calls: calls },
      ...calls.map(({ id }) => ({ role: 'tool', tool_call_id: id, content: 'rain' })),
    ],
  })
  const delivery = fakeDelivery({ target, body, header: { peek } })
  await processJob(worker, delivery)
  const sent = upstream.seen[0]?.body
  return { messages: sent === undefined ? [] : JSON.parse(sent).messages, delivery, worker }
}

for (const stream of [false, true]) {
  const form = stream ? 'streamed' : 'unary'

  test(`${form}: the next turn goes up with its thinking, signed, before the call in its vendor's own id`, async (context) => {
    const store = createMemoryStore()
    const { calls } = await ask(context, { content: [thinking, redacted, call], stream, store })
    assert.equal(calls.length, 1)
    const [{ id } = { id: '' }] = calls
    assert.match(id, /^toolu_01A09q90qw90lq9_bf0{15}1$/)
    assert.ok(id.length <= 40)
    const { messages } = await answerCalls(context, calls, { store })
    assert.deepEqual(messages[1], { role: 'assistant', content: [thinking, redacted, call] })
    const result = { type: 'tool_result', tool_use_id: vendorId, content: 'rain' }
    assert.deepEqual(messages[2], { role: 'user', content: [result] })
  })

  test(`${form}: texts stand between, and each call has its own thinking`, async (context) => {
    const store = createMemoryStore()
    const text = { type: 'text', text: 'Let me look.' }
    const again = { ...thinking, thinking: 'And Bergen.', signature: 'second' }
    const other = { ...call, id: 'toolu_2', input: { city: 'Bergen' } }
    const third = { ...call, id: 'toolu_3', input: { city: 'Moss' } }
    const content = [thinking, text, call, again, other, third]
    const { calls } = await ask(context, { content, stream, store })
    // The third follows nothing that must come back: it keeps its vendor's id.
    assert.equal(calls[2]?.id, 'toolu_3')
    const { messages } = await answerCalls(context, calls, { store, content: text.text })
    assert.deepEqual(messages[1].content, content)
  })

  test(`${form}: a turn without thinking keeps its ids, and nothing is kept`, async (context) => {
    const store = createMemoryStore()
    const unsigned = { ...thinking, signature: '' }
    const { calls } = await ask(context, { content: stream ? [call] : [unsigned, call], stream, store })
    assert.equal(calls[0]?.id, vendorId)
  })

  test(`${form}: a store that is away costs a warning and one line in the log, not the answer`, async (context) => {
    const { calls, end, worker } = await ask(context, {
      content: [thinking, call],
      stream,
      store: awayStore(),
    })
    assert.equal(calls.length, 1)
    assert.ok(end.type === 'end')
    const lost = { code: 'changed', path: 'choices[0].content[1]' }
    assert.ok(end.warnings.some((warning) => warning.code === lost.code && warning.path === lost.path))
    assert.equal(worker.lines.filter((line) => line.level === 'warn').length, 1)
  })
}

test('a store that is away on the next turn: it goes up without, and the caller is told', async (context) => {
  const store = createMemoryStore()
  const { calls } = await ask(context, { content: [thinking, call], stream: false, store })
  const { messages, delivery, worker } = await answerCalls(context, calls, { store: awayStore() })
  assert.equal(messages[1].content[0].type, 'tool_use')
  assert.equal(messages[1].content[0].id, messages[2].content[0].tool_use_id)
  const [head] = delivery.reply.frames
  assert.ok(head?.type === 'head')
  assert.ok(head.warnings.some(({ code, path }) => code === 'changed' && path === 'messages[1]'))
  assert.equal(worker.lines.filter((line) => line.level === 'warn').length, 1)
})

test('records are asked for in one round trip, and only for ids of our making', async (context) => {
  const store = createMemoryStore()
  const asked: (readonly string[])[] = []
  const watched: Store = {
    ...store,
    records: {
      ...store.records,
      getMany(keys) {
        asked.push(keys)
        return store.records.getMany(keys)
      },
    },
  }
  const mine = { type: 'function', function: { name: 'weather', arguments: '{}' } }
  await answerCalls(context, [{ ...mine, id: vendorId }], { store: watched })
  assert.deepEqual(asked, [])
  const ids = ['a_bf0000000000000001', 'b_bf0000000000000002']
  await answerCalls(
    context,
    ids.map((id) => ({ ...mine, id })),
    { store: watched },
  )
  assert.deepEqual(asked, [ids.map((id) => `call:${id}`)])
})

function awayStore(): Store {
  const away = () =>
    Promise.reject(new GatewayError({ kind: 'unavailable', code: 'store_unavailable', message: 'away' }))
  return { ...createMemoryStore(), records: { set: away, add: away, get: away, getMany: away, delete: away } }
}
