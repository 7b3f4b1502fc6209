import { isDeepStrictEqual } from 'node:util'
import type {
  AnswerContext,
  CallerContext,
  CallerWire,
  Candidate,
  ChatEvent,
  ChatResponse,
  ChatWire,
  JsonObject,
  StreamFrame,
  WireId,
} from '#contract'
import { vendorSchemaOf } from '#testing'
import { leastRequest } from '../asked.suite.ts'
import { createFrameDecoder, createFrameEncoder } from '../framing/frames.ts'
import { answerDifferences, answerPath } from './answer-differences.suite.ts'
import type { AnswerScenario } from './answers.suite.ts'
import { unexplained } from './difference.suite.ts'
import { fold } from './fold.suite.ts'
import { type Outcome, overTheWire } from './outcome.suite.ts'
import { unfold } from './unfold.suite.ts'

const caller: CallerContext = {
  request: leastRequest,
  requestId: 'r1',
  model: 'the-model',
  streamUsage: true,
  nowSeconds: 1_760_000_000,
}
const asked: AnswerContext = { request: leastRequest, model: 'the-model' }

/** What a provider said in its wire and what we read of it, whole and streamed. */
export type Answered = {
  readonly response: ChatResponse | undefined
  readonly events: readonly ChatEvent[]
  readonly problems: readonly string[]
}

/** The scenario as a provider of `wire` would answer it, read by us. */
export function sayAnswer(wire: ChatWire, { response }: AnswerScenario): Answered {
  const written = writeAnswer(wire, response)
  if (written.warnings.some(({ code }) => code === 'unsupported'))
    return { response: undefined, events: [], problems: [] }
  const read = wire.decodeResponse(written.body, asked)
  const problems = [
    ...written.problems,
    ...unexplained(answerDifferences(response, read, wire.id), pathsOf(written)),
  ]
  const streamed = writeStream(wire, unfold(response))
  problems.push(...streamed.problems)
  const events = readStream(wire, streamed.bytes)
  problems.push(...streamProblems(read, fold(events), wire.id))
  return {
    response: overTheWire(read),
    events: overTheWire(events),
    problems: problems.map((problem) => `provider: ${problem}`),
  }
}

/** What the caller's wire makes of it. */
export function crossAnswer(answered: Answered, to: CallerWire & Partial<ChatWire>): Outcome {
  const { response, events } = answered
  if (response === undefined) return { kind: 'unsayable', warnings: [], problems: [] }
  const written = writeAnswer(to, response)
  const { warnings } = written
  const streamed = writeStream(to, events)
  const problems = [...written.problems, ...streamed.problems]
  if (streamed.warnings.length > 0 !== warnings.length > 0) {
    problems.push(`whole it warns ${warnings.length} times, streamed ${streamed.warnings.length}`)
  }
  if (to.decodeResponse !== undefined && to.createStreamDecoder !== undefined) {
    const reader = to as ChatWire
    const again = reader.decodeResponse(written.body, asked)
    problems.push(...unexplained(answerDifferences(response, again, to.id), pathsOf(written)))
    problems.push(...streamProblems(again, fold(readStream(reader, streamed.bytes)), to.id))
  }
  return { kind: warnings.length === 0 ? 'whole' : 'warning', warnings, problems }
}

type Written = ReturnType<typeof writeAnswer>

function writeAnswer(wire: CallerWire, response: ChatResponse) {
  const encoded = wire.encodeResponse(overTheWire(response), caller)
  const body = overTheWire(encoded.body) as JsonObject
  const problems = vendorSchemaOf(wire.id)
    .response(body)
    .map((problem) => `no answer of the vendor: ${problem}`)
  return { body, warnings: encoded.warnings, problems }
}

const pathsOf = ({ warnings }: Written) =>
  warnings.map(({ code, path }) => ({ code, path: answerPath(path) }))

/** Events → frames → bytes. */
function writeStream(wire: CallerWire, events: readonly ChatEvent[]) {
  const encoder = wire.createStreamEncoder(caller)
  const framing = createFrameEncoder(wire.streamFormat)
  const chunks: Uint8Array[] = []
  const problems = new Set<string>()
  for (const event of events) {
    const frames = encoder.push(event)
    for (const problem of frames.flatMap((frame) => frameProblems(wire.id, frame))) problems.add(problem)
    if (frames.length > 0) chunks.push(framing.push(frames))
  }
  chunks.push(framing.end())
  return { bytes: Buffer.concat(chunks), warnings: encoder.warnings(), problems: [...problems] }
}

function frameProblems(wire: WireId, frame: StreamFrame): readonly string[] {
  return vendorSchemaOf(wire)
    .frame(frame)
    .map((problem) => `no event of the vendor: ${problem}`)
}

/** Bytes → frames → events, the bytes in two pieces. */
function readStream(wire: ChatWire, bytes: Uint8Array): readonly ChatEvent[] {
  const framing = createFrameDecoder(wire.streamFormat)
  const decoder = wire.createStreamDecoder(asked)
  const half = bytes.length >> 1
  const frames = [
    ...framing.push(bytes.subarray(0, half)),
    ...framing.push(bytes.subarray(half)),
    ...framing.end(),
  ]
  return [...frames.flatMap((frame) => decoder.push(frame)), ...decoder.end()]
}

function withoutMembers(candidate: Candidate): Candidate {
  const parts = candidate.parts.map((part) => (part.type === 'opaque' ? part : { ...part, extensions: {} }))
  return { ...candidate, parts }
}

/** A stream's answer is the whole one; events have no place for what one wire alone knows of it and its parts, nor for the tier. */
function streamProblems(whole: ChatResponse, streamed: ChatResponse, wire: WireId): readonly string[] {
  const { extensions: _members, serviceTier: _tier, ...rest } = whole
  const expected = { ...rest, candidates: whole.candidates.map(withoutMembers) }
  const found = answerDifferences(expected, streamed, wire).map(({ what }) => `streamed otherwise: ${what}`)
  for (const [position, { stopReason }] of whole.candidates.entries()) {
    const other = streamed.candidates[position]?.stopReason
    if (!isDeepStrictEqual(stopReason, other)) found.push(`streamed otherwise: stop reason ${other?.unified}`)
  }
  return found
}
