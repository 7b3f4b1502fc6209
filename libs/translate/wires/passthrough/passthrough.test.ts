import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { type AnyCallerWire, GatewayError, type JsonObject, type WireId } from '#contract'
import { runsOf } from '../../property-runs.suite.ts'
import { callerWireOf, providerWireOf } from '../../wires.ts'

const ids = [
  'openai-images',
  'openai-image-edits',
  'openai-image-variations',
  'openai-speech',
  'openai-transcriptions',
  'openai-translations',
  'openai-moderations',
] as const satisfies readonly WireId[]

function wireOf(id: WireId): AnyCallerWire {
  const wire = callerWireOf(id)
  assert.ok(wire, id)
  return wire
}

/** Those of which something goes to providers of another wire, too. */
const crossing: readonly WireId[] = ['openai-images', 'openai-speech', 'openai-transcriptions']

test('they are spoken to us and passed on, most of them never crossed', () => {
  for (const id of ids) {
    assert.equal(wireOf(id).neverCrosses, crossing.includes(id) ? undefined : true, id)
    if (crossing.includes(id)) continue
    const wire = wireOf(id)
    assert.equal(wire.id, id)
    assert.equal(providerWireOf(id), undefined)
    const thrown = (act: () => unknown) =>
      assert.throws(act, (error) => GatewayError.is(error) && error.status === 501 && error.param === 'model')
    thrown(() => wire.decodeRequest({ model: 'm' }))
    thrown(() => wire.encodeResponse({}, {} as never))
    thrown(() => wire.createStreamEncoder({} as never))
  }
})

test('peek reads model, stream and fallbacks, and asks for a model where the vendor does', () => {
  for (const id of ['openai-speech', 'openai-transcriptions', 'openai-translations'] as const) {
    assert.throws(() => wireOf(id).peek({ input: 'x' }), { status: 400, param: 'model' })
  }
  assert.equal(wireOf('openai-moderations').peek({ input: 'x' }).model, '')
  const speech = wireOf('openai-speech').peek({ model: 'm', stream_format: 'sse', fallbacks: ['a/b'] })
  assert.deepEqual(speech, { model: 'm', stream: true, streamUsage: true, fallbacks: ['a/b'] })
  assert.equal(wireOf('openai-images').peek({ model: 'm', stream: true }).stream, true)
  assert.equal(wireOf('openai-translations').peek({ model: 'm', stream: true }).stream, false)
})

test('the splice puts the model in, and nothing where the request names none', () => {
  const wire = wireOf('openai-images')
  const peek = wire.peek({ model: 'openai/m' })
  const options = { quirks: {}, wantUsage: true }
  assert.deepEqual(wire.nativeSplice({ ...options, peek, model: 'm' }), {
    set: { model: '"m"' },
    remove: ['fallbacks'],
  })
  assert.deepEqual(wire.nativeSplice({ ...options, peek: { ...peek, model: '' }, model: '' }).set, {})
})

const lastEvents: readonly (readonly [WireId, JsonObject])[] = [
  ['openai-images', { type: 'image_generation.completed', b64_json: 'x' }],
  ['openai-image-edits', { type: 'image_edit.completed', b64_json: 'x' }],
  ['openai-speech', { type: 'speech.audio.done' }],
  ['openai-transcriptions', { type: 'transcript.text.done', text: 'x' }],
]

test('the tap knows the end of each stream, its usage, and errors', () => {
  for (const [id, last] of lastEvents) {
    const tap = wireOf(id).createStreamTap({ withholdUsage: false })
    const usage = { input_tokens: 7, output_tokens: 2, input_token_details: { audio_tokens: 5 } }
    tap.push({ data: JSON.stringify({ type: 'x.delta', text: '"type":"transcript.text.done"' }) })
    assert.equal(tap.complete(), false, id)
    assert.equal(tap.push({ data: JSON.stringify({ ...last, usage }) }), 'forward')
    assert.equal(tap.complete(), true, id)
    assert.equal(tap.failed(), false, id)
    const counted = { input: { total: 7, audio: 5 }, output: { total: 2 }, raw: usage }
    assert.deepEqual(tap.facts(), { usage: counted })
  }
  for (const frame of [
    { event: 'error', data: '{}' },
    { data: '{"error":{"message":"no"}}' },
    { data: '{"type":"error","error":null}' },
  ]) {
    const tap = wireOf('openai-speech').createStreamTap({ withholdUsage: false })
    tap.push(frame)
    assert.equal(tap.failed(), true, frame.data)
    assert.equal(tap.complete(), false)
  }
})

test('usage of whole answers: tokens, or nothing', () => {
  const { tapResponse } = wireOf('openai-transcriptions')
  assert.deepEqual(tapResponse({ text: 'x', usage: { type: 'duration', seconds: 3 } }), {})
  assert.deepEqual(tapResponse({ usage: { input_tokens: 3 } }).usage?.input, { total: 3 })
})

test('errors have the shape of the vendor, both ways', () => {
  const wire = wireOf('openai-speech')
  const text = JSON.stringify({
    error: { message: 'no voice', type: 'invalid_request_error', code: 'x', param: 'voice' },
  })
  const error = wire.decodeError({ provider: 'openai', status: 400, headers: {}, text, nowMs: 0 })
  assert.deepEqual(
    JSON.stringify(wire.encodeError(error, 'r').body),
    JSON.stringify({
      error: { message: 'no voice', type: 'invalid_request_error', param: 'voice', code: 'x' },
    }),
  )
})

test('whatever JSON arrives, peek and the tap answer or throw a GatewayError', () => {
  const names = fc.constantFrom('model', 'stream', 'stream_format', 'fallbacks', 'usage', 'type', 'error')
  const value = fc.oneof(
    fc.jsonValue({ maxDepth: 2 }),
    fc.constantFrom('x', true, 'error', 'speech.audio.done'),
  )
  fc.assert(
    fc.property(fc.constantFrom(...ids), fc.dictionary(names, value), (id, body) => {
      const wire = wireOf(id)
      try {
        wire.peek(body as JsonObject)
      } catch (error) {
        assert.ok(GatewayError.is(error), String(error))
      }
      wire.tapResponse(body as JsonObject)
      wire.createStreamTap({ withholdUsage: false }).push({ data: JSON.stringify(body) })
    }),
    { numRuns: runsOf(2_000) },
  )
})
