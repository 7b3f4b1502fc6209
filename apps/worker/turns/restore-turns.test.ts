import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ChatEvent, Message, ToolCallPart } from '#contract'
import { createMemoryStore } from '#store'
import { callWire, keepEverything } from '../testing/proof-wires.ts'
import { recordingLogger } from '../testing/worker-context.ts'
import { type CallRecord, isUniqueCallId, uniqueCallId } from './call-record.ts'
import { restoreTurns } from './restore-turns.ts'
import { createTurnMemory } from './turn-memory.ts'
import { watchStream } from './watch-stream.ts'

const suffix = 'abcdefghijklmnop'
const id = uniqueCallId('toolu_1', suffix)
const call: ToolCallPart = { type: 'tool-call', id, name: 'f', argumentsText: '{}' }
const record: CallRecord = {
  wire: 'anthropic-messages',
  id: 'toolu_1',
  opening: [{ type: 'reasoning', text: 'why', signature: 's' }],
}
const turn = (parts: Message['parts']): Message => ({ role: 'assistant', parts })

test('an id of ours fits every vendor and is told from a caller’s own', () => {
  const long = uniqueCallId('x'.repeat(100), suffix)
  assert.equal(long.length, 40)
  assert.equal(isUniqueCallId(long), true)
  assert.equal(isUniqueCallId(uniqueCallId('', suffix)), true)
  assert.equal(isUniqueCallId('toolu_01A09q90qw90lq917835lq9'), false)
  assert.equal(isUniqueCallId(`${'x'.repeat(100)}${long}`), false)
})

test('what another wire kept is not put back, and its ids stay the caller’s', () => {
  const messages = [turn([call])]
  const restored = restoreTurns(messages, new Map([[id, record]]), 'gemini-generate')
  assert.equal(restored, messages)
})

test('a caller that sends its reasoning itself is not sent it twice', () => {
  const own = { type: 'reasoning', text: 'why', signature: 's' } as const
  const [restored] = restoreTurns([turn([own, call])], new Map([[id, record]]), 'anthropic-messages')
  assert.deepEqual(restored?.parts, [own, { ...call, id: 'toolu_1' }])
})

test('what is put in front does not move the paths of the caller’s own parts', () => {
  const [restored] = restoreTurns(
    [turn([{ type: 'text', text: 'hm' }, call])],
    new Map([[id, record]]),
    'anthropic-messages',
  )
  assert.equal(restored?.parts.length, 3)
  assert.equal(restored?.path, 'messages[0]')
  assert.deepEqual(restored?.partPaths, ['messages[0]', 'messages[0].content[0]', 'messages[0].content[1]'])
})

test('a signature on the call comes back on the call, also one that came after the call had begun', async () => {
  const store = createMemoryStore()
  const logger = recordingLogger([])
  const memory = createTurnMemory({
    records: store.records,
    logger,
    requestId: 'r',
    wire: callWire('gemini-generate', { reasoning: true, calls: true }),
    callerWire: callWire('anthropic-messages', { reasoning: true }),
    newSuffix: () => suffix,
  })
  const watch = memory?.watch()
  const at = { candidate: 0, block: 0 }
  const events: ChatEvent[] = [
    { type: 'block-start', ...at, start: { type: 'tool-call', id: 'c', name: 'f' } },
    { type: 'block-delta', ...at, delta: { type: 'arguments', text: '{}' } },
    { type: 'block-delta', ...at, delta: { type: 'signature', signature: 'sig' } },
    { type: 'block-end', ...at },
  ]
  const [start] = events.map((event) => watch?.push(event))
  await watch?.save()
  const renamed = uniqueCallId('c', suffix)
  assert.ok(start?.type === 'block-start' && start.start.type === 'tool-call')
  assert.equal(start.start.id, renamed)
  const restored = await memory?.restore({
    model: 'm',
    stream: false,
    streamUsage: false,
    sampling: {},
    messages: [turn([{ ...call, id: renamed }])],
  })
  assert.deepEqual(restored?.request.messages[0]?.parts, [{ ...call, id: 'c', signature: 'sig' }])
})

test('a caller whose wire holds all that the provider gives needs no memory', () => {
  const options = {
    records: createMemoryStore().records,
    logger: recordingLogger([]),
    requestId: 'r',
    newSuffix: () => suffix,
  }
  const between = (wire: object, callerWire: object) =>
    createTurnMemory({
      ...options,
      wire: callWire('bedrock-converse', wire),
      callerWire: callWire('openai-chat', callerWire),
    })
  assert.equal(between({ reasoning: true }, { reasoning: true }), undefined)
  assert.equal(between({}, {}), undefined)
  assert.notEqual(between({ calls: true }, { reasoning: true }), undefined)
})

test('candidates do not mix, and calls still open when one ends are kept', () => {
  const watch = watchStream(keepEverything, { signsLater: false })
  const think = (candidate: number): ChatEvent[] => [
    { type: 'block-start', candidate, block: 0, start: { type: 'reasoning' } },
    { type: 'block-delta', candidate, block: 0, delta: { type: 'signature', signature: `s${candidate}` } },
    { type: 'block-end', candidate, block: 0 },
    {
      type: 'block-start',
      candidate,
      block: 1,
      start: { type: 'tool-call', id: `c${candidate}`, name: 'f' },
    },
  ]
  for (const event of [...think(0), ...think(1)]) watch.push(event)
  assert.deepEqual(watch.take(), [])
  for (const candidate of [0, 1]) {
    watch.push({ type: 'candidate-end', candidate, stopReason: { unified: 'tool-calls', raw: null } })
  }
  const kept = watch.take()
  assert.deepEqual(
    kept.map(({ record: { id: vendorId, opening } }) => [vendorId, opening?.[0]?.signature]),
    [
      ['c0', 's0'],
      ['c1', 's1'],
    ],
  )
  assert.deepEqual(watch.take(), [])
})
