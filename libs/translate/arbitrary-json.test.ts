import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { type CallerContext, type ChatWire, GatewayError, type StreamFrame } from '#contract'
import { asked, leastRequest } from './asked.suite.ts'
import { arbitraryObject } from './conformance/arbitrary-json.suite.ts'
import { arbitraryOf } from './conformance/arbitrary-vendor.suite.ts'
import { propertyRuns } from './property-runs.suite.ts'
import { allChatWires, callerWireOf } from './wires.ts'

/**
 * Whatever JSON arrives, a wire answers with a result or a GatewayError, and what it decodes the others can encode. Half
 * of the JSON is of any shape in the vendors' words, half is grown along the vendor's types with mistakes in it.
 */

const wires = allChatWires()
const numRuns = propertyRuns
/** Some wires name the model in the URL. */
const address = { model: 'claude-opus-5', stream: true }
const target = { model: 'claude-haiku-4-5', quirks: {} }
const caller: CallerContext = {
  request: leastRequest,
  requestId: 'r',
  model: 'm',
  streamUsage: true,
  nowSeconds: 0,
}

/** Runs `act`; anything thrown must be a GatewayError. */
function attempt<T>(act: () => T): T | undefined {
  try {
    return act()
  } catch (error) {
    assert.ok(GatewayError.is(error), String(error instanceof Error ? error.stack : error))
    assert.ok(error.status >= 400 && error.status <= 599)
    return undefined
  }
}

const object = arbitraryObject(wires.map(({ id }) => id))

/** Frames that are no frames of anyone, and the marks that end or break streams. */
const anyFrame: fc.Arbitrary<StreamFrame> = fc.record(
  {
    event: fc.constantFrom('error', 'ping', 'message_start', 'messageStart', 'throttlingException', 'x'),
    data: fc.oneof(
      object.map((body) => JSON.stringify(body)),
      fc.constantFrom('[DONE]', '{', 'null', '[]'),
    ),
    exception: fc.constant(true as const),
  },
  { requiredKeys: ['data'] },
)

/** Events along the vendor's types; on Amazon's streams the only member is the event's name. */
function frameOf({ id, streamFormat }: ChatWire): fc.Arbitrary<StreamFrame> {
  return arbitraryOf(id, 'StreamEvent').map((event): StreamFrame => {
    if (streamFormat === 'sse') {
      const type = event['type']
      return typeof type === 'string'
        ? { event: type, data: JSON.stringify(event) }
        : { data: JSON.stringify(event) }
    }
    const [[name, payload] = ['x', {}]] = Object.entries(event)
    return { event: name, data: JSON.stringify(payload ?? {}) }
  })
}

for (const wire of wires) {
  const { id } = wire
  const own = arbitraryObject([id])

  test(`${id}: any request decodes or is refused, and what decodes encodes for every wire`, () => {
    let decodedSome = 0
    fc.assert(
      fc.property(fc.oneof(own, arbitraryOf(id, 'Request')), (body) => {
        attempt(() => wire.peek(body, address))
        const decoded = attempt(() => wire.decodeRequest(body, address))
        if (decoded === undefined) return
        decodedSome += 1
        for (const other of wires) attempt(() => JSON.stringify(other.encodeRequest(decoded.request, target)))
      }),
      { numRuns },
    )
    assert.ok(decodedSome > numRuns / 20, `only ${decodedSome} of ${numRuns} got through`)
  })

  test(`${id}: any answer decodes or is a failure of the provider, and what decodes encodes for every wire`, () => {
    let decodedSome = 0
    fc.assert(
      fc.property(fc.oneof(own, arbitraryOf(id, 'Response')), (body) => {
        attempt(() => wire.tapResponse(body))
        const response = attempt(() => wire.decodeResponse(body, asked))
        if (response === undefined) return
        decodedSome += 1
        for (const other of wires) attempt(() => JSON.stringify(other.encodeResponse(response, caller)))
      }),
      { numRuns },
    )
    assert.ok(decodedSome > numRuns / 10, `only ${decodedSome} of ${numRuns} got through`)
  })

  test(`${id}: any frames decode or are a failure of the provider, and what decodes encodes for every wire`, () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(anyFrame, frameOf(wire)), { maxLength: 8 }), (frames) => {
        const decoder = wire.createStreamDecoder(asked)
        const tap = wire.createStreamTap({ withholdUsage: true })
        const encoders = wires.map((other) => other.createStreamEncoder(caller))
        for (const each of frames) {
          attempt(() => tap.push(each))
          for (const event of attempt(() => decoder.push(each)) ?? []) {
            for (const encoder of encoders) assert.ok(Array.isArray(encoder.push(event)))
          }
        }
        attempt(() => decoder.end())
      }),
      { numRuns },
    )
  })

  test(`${id}: any error answer becomes a GatewayError that every wire can say`, () => {
    const text = fc.oneof(
      object.map((body) => JSON.stringify(body)),
      fc.string(),
      fc.constant('<html></html>'),
    )
    fc.assert(
      fc.property(text, fc.integer({ min: 300, max: 599 }), (body, status) => {
        const error = wire.decodeError({ provider: 'p', status, headers: {}, text: body, nowMs: 0 })
        assert.ok(GatewayError.is(error))
        assert.equal(error.status, status < 400 ? 502 : status)
        for (const other of wires) {
          assert.equal(other.encodeError(error, 'r').status, error.status)
          assert.equal(other.encodeStreamError(error, 'r').length, 1)
        }
      }),
      { numRuns },
    )
  })
}

const legacy = callerWireOf('openai-completions')
if (legacy !== undefined) {
  test('openai-completions: any request decodes or is refused', () => {
    fc.assert(
      fc.property(fc.oneof(object, arbitraryOf('openai-completions', 'Request')), (body) => {
        attempt(() => legacy.peek(body, address))
        attempt(() => legacy.decodeRequest(body, address))
      }),
      { numRuns },
    )
  })
}
