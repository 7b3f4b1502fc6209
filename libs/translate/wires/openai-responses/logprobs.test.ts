import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { CallerContext, ChatEvent, Json, JsonObject } from '#contract'
import { leastRequest } from '../../asked.suite.ts'
import { openaiResponses } from './index.ts'

const caller: CallerContext = {
  request: leastRequest,
  requestId: 'r',
  model: 'm',
  streamUsage: true,
  nowSeconds: 9,
}
const asked = { request: leastRequest, model: 'm' }

const inText = (token: string, bytes: Json) => ({
  token,
  logprob: -0.5,
  bytes,
  top_logprobs: [{ token, logprob: -0.5, bytes }],
})
const inEvent = (token: string) => ({ token, logprob: -0.5, top_logprobs: [{ token, logprob: -0.5 }] })

const stop = { unified: 'stop', raw: null } as const
const textWith = (logprobs: Json) =>
  openaiResponses.encodeResponse(
    {
      id: 'x',
      model: 'm',
      candidates: [{ index: 0, parts: [{ type: 'text', text: 'Hé' }], stopReason: stop, logprobs }],
    },
    caller,
  )
const saidOf = (body: JsonObject) =>
  (body['output'] as readonly { readonly content: readonly JsonObject[] }[])[0]?.content[0]?.['logprobs']

test('bytes that nobody said are those of the token, never null', () => {
  const { body, warnings } = textWith({ content: [inText('H', null), inText('é', null)], refusal: null })
  assert.deepEqual(saidOf(body), [inText('H', [72]), inText('é', [195, 169])])
  assert.deepEqual(warnings, [])
})

test('bytes of a part of a character stay what they were', () => {
  const part = inText('\\xc3', [195])
  assert.deepEqual(saidOf(textWith({ content: [part], refusal: null }).body), [part])
})

test('log probabilities of a refusal, and of an answer without a text, are named', () => {
  const told = [{ code: 'unsupported', path: 'choices[0].logprobs' }]
  assert.deepEqual(textWith({ content: null, refusal: [inText('H', [72])] }).warnings, told)
  const candidate = { index: 0, parts: [], stopReason: stop, logprobs: { content: [inText('H', [72])] } }
  const silent = openaiResponses.encodeResponse({ id: 'x', model: 'm', candidates: [candidate] }, caller)
  assert.deepEqual(silent.warnings, told)
})

const streamOf = (start: 'text' | 'refusal', logprobs: Json) => {
  const encoder = openaiResponses.createStreamEncoder(caller)
  const events: readonly ChatEvent[] = [
    { type: 'response-start', id: 'x', model: 'm' },
    { type: 'block-start', candidate: 0, block: 0, start: { type: start } },
    { type: 'block-delta', candidate: 0, block: 0, delta: { type: 'text', text: 'Hé' }, logprobs },
    { type: 'block-end', candidate: 0, block: 0 },
    { type: 'candidate-end', candidate: 0, stopReason: stop },
    { type: 'response-end' },
  ]
  const frames = events.flatMap((event) => encoder.push(event))
  const bodyOf = (type: string) => JSON.parse(frames.find(({ event }) => event === type)?.data ?? '{}')
  return { frames, bodyOf, warnings: encoder.warnings() }
}

test("a text's events have no bytes, the text in them has", () => {
  const { bodyOf, warnings } = streamOf('text', {
    content: [inText('H', [72]), inText('é', null)],
    refusal: null,
  })
  const whole = [inText('H', [72]), inText('é', [195, 169])]
  assert.deepEqual(bodyOf('response.output_text.delta').logprobs, [inEvent('H'), inEvent('é')])
  assert.deepEqual(bodyOf('response.output_text.done').logprobs, [inEvent('H'), inEvent('é')])
  assert.deepEqual(bodyOf('response.content_part.done').part.logprobs, whole)
  assert.deepEqual(bodyOf('response.completed').response.output[0].content[0].logprobs, whole)
  assert.deepEqual(warnings, [])
})

test('a stream names the log probabilities of a refusal', () => {
  const { warnings } = streamOf('refusal', { content: null, refusal: [inText('H', [72])] })
  assert.deepEqual(warnings, [{ code: 'unsupported', path: 'choices[0].logprobs' }])
})

test('what events leave out is filled in where a stream is read, parts of characters too', () => {
  const { frames } = streamOf('text', { content: [inText('H', [72])], refusal: null })
  const decoder = openaiResponses.createStreamDecoder(asked)
  const read = frames.flatMap((frame) => {
    const raw = frame.data.replaceAll('"token":"H"', '"token":"\\\\xc3\\\\xa9"')
    return decoder.push(frame.event === 'response.output_text.delta' ? { ...frame, data: raw } : frame)
  })
  const said = read.find((event) => event.type === 'block-delta')
  assert.deepEqual(said?.type === 'block-delta' && said.logprobs, {
    content: [inText('\\xc3\\xa9', [195, 169])],
    refusal: null,
  })
})

test('a tier of another vendor is the usual one here, or named', () => {
  const tierOf = (serviceTier: string) => {
    const candidates = [{ index: 0, parts: [], stopReason: stop }]
    const response = { id: 'x', model: 'm', candidates, serviceTier }
    const { body, warnings } = openaiResponses.encodeResponse(response, caller)
    return [body['service_tier'], warnings.map(({ path }) => path)]
  }
  assert.deepEqual(tierOf('standard'), ['default', []])
  assert.deepEqual(tierOf('priority'), ['priority', []])
  assert.deepEqual(tierOf('batch'), ['default', ['usage.service_tier']])
})
