import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import {
  type AnswerContext,
  type CallerContext,
  type ChatEvent,
  type ChatResponse,
  type ChatWire,
  GatewayError,
} from '#contract'
import { leastRequest } from '../asked.suite.ts'
import { createFrameDecoder, createFrameEncoder } from '../framing/frames.ts'
import { propertyRuns } from '../property-runs.suite.ts'
import { allChatWires } from '../wires.ts'
import { answerScenarios } from './answers.suite.ts'
import { arbitraryRequest, arbitraryResponse } from './arbitrary-canonical.suite.ts'
import { callerModelOf, overTheWire } from './outcome.suite.ts'
import { unfold } from './unfold.suite.ts'

const numRuns = propertyRuns
const caller: CallerContext = {
  request: leastRequest,
  requestId: 'r',
  model: 'm',
  streamUsage: true,
  nowSeconds: 9,
}
const asked: AnswerContext = { request: leastRequest, model: 'm' }

for (const wire of allChatWires()) {
  test(`${wire.id}: a request that was read from it is written and read as it was, without a warning`, () => {
    const model = callerModelOf(wire.id)
    let carried = 0
    fc.assert(
      fc.property(arbitraryRequest, (request) => {
        const once = throughRequest(wire, request, model)
        if (once === undefined) return
        const twice = throughRequest(wire, once.request, model)
        assert.ok(twice !== undefined, 'what it wrote itself it refuses')
        assert.deepEqual(twice.warnings, [])
        assert.deepEqual(twice.request, once.request)
        carried += 1
      }),
      { numRuns },
    )
    assert.ok(carried > numRuns / 10, `only ${carried} of ${numRuns} were carried`)
  })

  test(`${wire.id}: an answer that was read from it is written and read as it was, without a warning`, () => {
    fc.assert(
      fc.property(arbitraryResponse, (response) => {
        const once = throughAnswer(wire, response)
        const twice = throughAnswer(wire, once.response)
        assert.deepEqual(twice.warnings, [])
        assert.deepEqual(withoutRaw(twice.response), withoutRaw(once.response))
      }),
      { numRuns },
    )
  })

  test(`${wire.id}: a stream's bytes say the same however they are cut`, () => {
    fc.assert(
      fc.property(arbitraryResponse, fc.array(fc.nat(), { maxLength: 8 }), (response, cuts) => {
        const bytes = streamOf(wire, response)
        const at = cuts.map((cut) => cut % (bytes.length + 1)).toSorted((one, other) => one - other)
        assert.deepEqual(readPieces(wire, bytes, at), readPieces(wire, bytes, []))
      }),
      { numRuns },
    )
  })

  test(`${wire.id}: a stream cut at any of its bytes, and byte by byte, says the same`, () => {
    const scenario = answerScenarios.find(({ name }) => name === 'text and a tool call')
    assert.ok(scenario !== undefined)
    const bytes = streamOf(wire, scenario.response)
    const whole = readPieces(wire, bytes, [])
    assert.ok(whole.length > 10)
    for (let cut = 1; cut < bytes.length; cut += 1) assert.deepEqual(readPieces(wire, bytes, [cut]), whole)
    assert.deepEqual(readPieces(wire, bytes, Array.from(bytes.keys())), whole)
  })

  test(`${wire.id}: a stream that ends too early is never taken for a whole one`, () => {
    fc.assert(
      fc.property(arbitraryResponse, fc.nat(), (response, cut) => {
        const bytes = streamOf(wire, response)
        const whole = JSON.stringify(readPieces(wire, bytes, []))
        try {
          const events = readPieces(wire, bytes.subarray(0, cut % bytes.length), [])
          // What was cut off said nothing more: the empty line of an event, the mark after the last one.
          assert.equal(withoutUsage(events), withoutUsage(JSON.parse(whole)))
        } catch (error) {
          if (!GatewayError.is(error)) throw error
          assert.equal(error.kind, 'upstream-failed')
        }
      }),
      { numRuns },
    )
  })
}

function throughRequest(wire: ChatWire, request: typeof leastRequest, model: string) {
  try {
    const { body, warnings } = wire.encodeRequest(overTheWire(request), { model, quirks: {} })
    const decoded = wire.decodeRequest(overTheWire(body), { model, stream: request.stream })
    return { request: overTheWire(decoded.request), warnings }
  } catch (error) {
    assert.ok(GatewayError.is(error), String(error))
    assert.equal(error.kind, 'invalid-request')
    return undefined
  }
}

function throughAnswer(wire: ChatWire, response: ChatResponse) {
  const { body, warnings } = wire.encodeResponse(overTheWire(response), caller)
  return { response: overTheWire(wire.decodeResponse(overTheWire(body), asked)), warnings }
}

const withoutRaw = ({ usage, ...rest }: ChatResponse) => ({ ...rest, usage: { ...usage, raw: undefined } })

function streamOf(wire: ChatWire, response: ChatResponse): Buffer {
  const encoder = wire.createStreamEncoder(caller)
  const framing = createFrameEncoder(wire.streamFormat)
  const chunks = unfold(response).map((event) => framing.push(encoder.push(event)))
  return Buffer.concat([...chunks, framing.end()])
}

/** The events of a stream whose bytes come in pieces that end at the positions given. */
function readPieces(wire: ChatWire, bytes: Buffer, cuts: readonly number[]): readonly ChatEvent[] {
  const framing = createFrameDecoder(wire.streamFormat)
  const decoder = wire.createStreamDecoder(asked)
  const events: ChatEvent[] = []
  let from = 0
  for (const cut of [...cuts, bytes.length]) {
    for (const frame of framing.push(bytes.subarray(from, cut))) events.push(...decoder.push(frame))
    from = cut
  }
  for (const frame of framing.end()) events.push(...decoder.push(frame))
  return [...events, ...decoder.end()]
}

/** Usage comes last on some wires, after the answer has ended. */
const withoutUsage = (events: readonly ChatEvent[]) =>
  JSON.stringify(events.filter(({ type }) => type !== 'usage'))
