import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { CallerContext, ChatEvent, Json, JsonObject } from '#contract'
import { leastRequest } from '../../asked.suite.ts'
import { cohereV2 } from './index.ts'

const caller: CallerContext = {
  request: leastRequest,
  requestId: 'r',
  model: 'm',
  streamUsage: true,
  nowSeconds: 9,
}
const asked = { request: leastRequest, model: 'm' }
const stop = { unified: 'stop', raw: null } as const

const token = (text: string, others: JsonObject = {}) => ({
  token: text,
  logprob: -0.5,
  bytes: [...Buffer.from(text)],
  top_logprobs: [],
  ...others,
})

const written = (logprobs: Json) => {
  const parts = [{ type: 'text', text: 'Hi' }] as const
  const candidates = [{ index: 0, parts, stopReason: stop, logprobs }]
  return cohereV2.encodeResponse({ id: 'x', model: 'm', candidates }, caller)
}

test('log probabilities that say more than an item can are told, others are not', () => {
  const warningsOf = (content: Json, refusal: Json = null) => written({ content, refusal }).warnings
  const changed = [{ code: 'changed', path: 'logprobs' }]
  const unsupported = [{ code: 'unsupported', path: 'logprobs' }]
  assert.deepEqual(warningsOf([token('Hi')]), [])
  assert.deepEqual(warningsOf([token('Hi', { bytes: null })]), [])
  assert.deepEqual(warningsOf([token('Hi', { top_logprobs: [token('Ho')] })]), changed)
  assert.deepEqual(warningsOf([token('\\xc3', { bytes: [195] })]), changed)
  assert.deepEqual(warningsOf([token('Hi'), 7]), unsupported)
  assert.deepEqual(warningsOf(null, [token('Hi')]), unsupported)
})

const streamed = (logprobs: Json, start: 'text' | 'tool-call' = 'text') => {
  const encoder = cohereV2.createStreamEncoder(caller)
  const delta =
    start === 'text' ? ({ type: 'text', text: 'Hi' } as const) : ({ type: 'arguments', text: '{}' } as const)
  const begun = start === 'text' ? ({ type: start } as const) : ({ type: start, id: 'a', name: 'b' } as const)
  const events: readonly ChatEvent[] = [
    { type: 'response-start', id: 'x', model: 'm' },
    { type: 'block-start', candidate: 0, block: 0, start: begun },
    { type: 'block-delta', candidate: 0, block: 0, delta, logprobs },
  ]
  const frames = events.flatMap((event) => encoder.push(event))
  const said = frames.find(({ event }) => event === 'content-delta')
  return { logprobs: said && JSON.parse(said.data).logprobs, warnings: encoder.warnings() }
}

test('an event has one item, whatever number of tokens', () => {
  assert.deepEqual(streamed({ content: [token('Hi')], refusal: null }), {
    logprobs: { text: 'Hi', token_ids: [], logprobs: [-0.5] },
    warnings: [],
  })
  assert.deepEqual(streamed({ content: [token('H'), token('i')], refusal: null }), {
    logprobs: { text: 'Hi', token_ids: [], logprobs: [-0.5, -0.5] },
    warnings: [{ code: 'changed', path: 'logprobs' }],
  })
})

test('log probabilities of what is no text are named', () => {
  const { warnings } = streamed({ content: [token('{}')], refusal: null }, 'tool-call')
  assert.deepEqual(warnings, [{ code: 'unsupported', path: 'logprobs' }])
})

const delta = (item: Json) => ({
  event: 'content-delta',
  data: JSON.stringify({
    type: 'content-delta',
    index: 0,
    delta: { message: { content: { text: 'Hi' } } },
    logprobs: item,
  }),
})

test('ids of tokens are kept of a whole answer and told of a stream, once', () => {
  const item = { text: 'Hi', token_ids: [7], logprobs: [-0.5] }
  const plain = { ...item, token_ids: [] }
  const message = { role: 'assistant', content: [{ type: 'text', text: 'Hi' }] }
  const read = (logprobs: Json) => cohereV2.decodeResponse({ id: 'x', message, logprobs }, asked).extensions
  assert.deepEqual(read([item]), { 'cohere-v2': { logprobs: [item] } })
  assert.equal(read([plain]), undefined)
  const toldOf = (items: readonly Json[]) => {
    const decoder = cohereV2.createStreamDecoder(asked)
    return items.flatMap((each) => decoder.push(delta(each)).filter(({ type }) => type === 'warning'))
  }
  assert.deepEqual(toldOf([item, item]), [
    { type: 'warning', warning: { code: 'unsupported', path: 'logprobs' } },
  ])
  assert.deepEqual(toldOf([plain, plain]), [])
})
