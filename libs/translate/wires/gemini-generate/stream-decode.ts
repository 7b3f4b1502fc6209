import type {
  AnswerContext,
  BlockDelta,
  BlockStart,
  ChatEvent,
  Json,
  JsonObject,
  StreamDecoder,
  StreamFrame,
} from '#contract'
import type { Draft } from '../../draft.ts'
import { parseExact } from '../../exact-json.ts'
import { asList, asNumber, asObject, asText } from '../../narrow.ts'
import { unknownMembers } from '../../unknown-members.ts'
import { malformedAnswer, truncatedStream } from '../../upstream-error.ts'
import { decodeCall } from './answer-part.ts'
import { callIdOf } from './call-ids.ts'
import { decodeStreamError } from './errors.ts'
import { decodeLogprobs } from './logprobs.ts'
import { secondsOf } from './response.ts'
import { blockedReason, decodeStopReason } from './stop-reason.ts'
import { decodeUsage } from './usage.ts'

/*
 * GenerateContentResponse chunks → canonical events.
 *
 *   state     entered by      left by
 *   waiting   start           the first chunk: response-start
 *   open      first chunk     the end of the stream: what ends, then response-end
 *
 *   part of a candidate         canonical
 *   text, thought               text and reasoning blocks; neighbours of one kind are one block
 *   thoughtSignature            a signature of the thought or the call that bears it; of a text, a delta of this wire
 *   functionCall                a tool call, whole at once
 *   any other                   an opaque block
 *
 * Natural end: the stream ends and every candidate has said its finishReason, or the prompt was blocked. The reason is
 * held until then, since older models send it with every chunk. Usage counts up; the first and the last are told.
 */

type BlockKind = 'text' | 'reasoning'

type CandidateState = {
  readonly index: number
  nextBlock: number
  open: { readonly block: number; readonly kind: BlockKind } | undefined
  calledTool: boolean
  finishReason: string | undefined
}

type State = {
  phase: 'waiting' | 'open'
  id: string
  readonly candidates: Map<number, CandidateState>
  blockReason: string | undefined
  rawUsage: JsonObject | undefined
  readonly seenMembers: Set<string>
}

const known: ReadonlySet<string> = new Set(['candidates', 'usageMetadata', 'modelVersion', 'responseId'])
const knownOfCandidate: ReadonlySet<string> = new Set(['content', 'finishReason', 'index', 'logprobsResult'])
const knownOfPart: ReadonlySet<string> = new Set(['text', 'thought', 'functionCall', 'thoughtSignature'])

export function createStreamDecoder(_context?: AnswerContext): StreamDecoder {
  const state: State = {
    phase: 'waiting',
    id: '',
    candidates: new Map(),
    blockReason: undefined,
    rawUsage: undefined,
    seenMembers: new Set(),
  }
  return { push: (frame) => decodeFrame(state, frame), end: () => decodeEnd(state) }
}

function decodeFrame(state: State, frame: StreamFrame): readonly ChatEvent[] {
  const events: ChatEvent[] = []
  const chunk = parseChunk(frame.data)
  const { error } = chunk
  if ((error !== undefined && error !== null) || frame.event === 'error') throw decodeStreamError(chunk)
  if (state.phase === 'waiting') decodeStart(state, chunk, events)
  else decodeNewMembers(state, chunk, events)
  for (const value of asList(chunk['candidates']) ?? []) {
    const candidate = asObject(value)
    if (candidate !== undefined) decodeCandidate(state, candidate, events)
  }
  const blockReason = asText(asObject(chunk['promptFeedback'])?.['blockReason'])
  if (blockReason !== undefined) state.blockReason = blockReason
  decodeUsageMember(state, chunk, events)
  return events
}

/**
 * Arguments of calls keep their numbers as they were written; the name is looked for without its quotes, which stand
 * everywhere in JSON and make the search ten times as long. A failing stream may answer as a list.
 */
function parseChunk(text: string): JsonObject {
  try {
    const value = text.includes('functionCall') ? parseExact(text) : (JSON.parse(text) as Json)
    const chunk = asObject(value) ?? asObject(asList(value)?.[0])
    if (chunk !== undefined) return chunk
  } catch {
    // Told below, as is what is JSON and no object.
  }
  throw malformedAnswer('a stream chunk is no JSON object')
}

function decodeStart(state: State, chunk: JsonObject, events: ChatEvent[]): void {
  state.phase = 'open'
  state.id = asText(chunk['responseId']) ?? ''
  const start: Draft<Extract<ChatEvent, { type: 'response-start' }>> = {
    type: 'response-start',
    id: state.id,
    model: asText(chunk['modelVersion']) ?? '',
  }
  const created = secondsOf(chunk['createTime'])
  if (created !== undefined) start.createdAtSeconds = created
  const unknown = unknownMembers(chunk, known)
  if (unknown !== undefined) {
    start.extensions = { 'gemini-generate': unknown }
    for (const name of Object.keys(unknown)) state.seenMembers.add(name)
  }
  events.push(start)
}

/** Members that stand in every chunk are told once. */
function decodeNewMembers(state: State, chunk: JsonObject, events: ChatEvent[]): void {
  const unknown = unknownMembers(chunk, known)
  if (unknown === undefined || Object.keys(unknown).every((name) => state.seenMembers.has(name))) return
  for (const name of Object.keys(unknown)) state.seenMembers.add(name)
  events.push({ type: 'opaque', wire: 'gemini-generate', value: { response: unknown } })
}

function decodeUsageMember(state: State, chunk: JsonObject, events: ChatEvent[]): void {
  const raw = asObject(chunk['usageMetadata'])
  if (raw === undefined) return
  if (state.rawUsage === undefined) events.push({ type: 'usage', usage: decodeUsage(raw) })
  state.rawUsage = raw
}

function decodeCandidate(state: State, object: JsonObject, events: ChatEvent[]): void {
  const candidate = candidateOf(state, asNumber(object['index']) ?? 0)
  let logprobs = decodeLogprobs(object['logprobsResult'])
  for (const value of asList(asObject(object['content'])?.['parts']) ?? []) {
    const part = asObject(value)
    if (part !== undefined && isText(part)) {
      decodeText(candidate, part, logprobs, events)
      logprobs = undefined
    } else decodeOther(state, candidate, value, events)
  }
  const unknown = unknownMembers(object, knownOfCandidate)
  if (unknown !== undefined) {
    const value = { index: candidate.index, candidate: unknown }
    events.push({ type: 'opaque', wire: 'gemini-generate', value })
  }
  candidate.finishReason = asText(object['finishReason']) ?? candidate.finishReason
}

function candidateOf(state: State, index: number): CandidateState {
  let candidate = state.candidates.get(index)
  if (candidate === undefined) {
    candidate = { index, nextBlock: 0, open: undefined, calledTool: false, finishReason: undefined }
    state.candidates.set(index, candidate)
  }
  return candidate
}

function isText(part: JsonObject): boolean {
  return typeof part['text'] === 'string' && part['functionCall'] === undefined
}

function decodeText(
  candidate: CandidateState,
  part: JsonObject,
  logprobs: Json | undefined,
  events: ChatEvent[],
): void {
  const kind: BlockKind = part['thought'] === true ? 'reasoning' : 'text'
  const text = asText(part['text']) ?? ''
  const signature = asText(part['thoughtSignature'])
  const extra = unknownMembers(part, knownOfPart)
  if (text === '' && signature === undefined && logprobs === undefined && extra === undefined) return
  const { index } = candidate
  const block = candidate.open?.kind === kind ? candidate.open.block : openBlock(candidate, kind, events)
  if (text !== '' || logprobs !== undefined) {
    const delta: BlockDelta = { type: 'text', text }
    events.push(
      logprobs === undefined
        ? { type: 'block-delta', candidate: index, block, delta }
        : { type: 'block-delta', candidate: index, block, delta, logprobs },
    )
  }
  for (const delta of deltasBeside(kind, signature, extra)) {
    events.push({ type: 'block-delta', candidate: index, block, delta })
  }
}

const none: readonly BlockDelta[] = []

const own = (value: JsonObject): BlockDelta => ({ type: 'opaque', wire: 'gemini-generate', value })

/** What a text part says beside its text. */
function deltasBeside(
  kind: BlockKind,
  signature: string | undefined,
  extra: JsonObject | undefined,
): readonly BlockDelta[] {
  if (signature === undefined) return extra === undefined ? none : [own(extra)]
  if (kind === 'text') return [own({ ...extra, thoughtSignature: signature })]
  const proof: BlockDelta = { type: 'signature', signature }
  return extra === undefined ? [proof] : [proof, own(extra)]
}

function openBlock(candidate: CandidateState, kind: BlockKind, events: ChatEvent[]): number {
  const block = startBlock(candidate, { type: kind }, events)
  candidate.open = { block, kind }
  return block
}

function startBlock(candidate: CandidateState, start: BlockStart, events: ChatEvent[]): number {
  endBlock(candidate, events)
  const block = candidate.nextBlock
  candidate.nextBlock += 1
  events.push({ type: 'block-start', candidate: candidate.index, block, start })
  return block
}

function endBlock(candidate: CandidateState, events: ChatEvent[]): void {
  if (candidate.open === undefined) return
  events.push({ type: 'block-end', candidate: candidate.index, block: candidate.open.block })
  candidate.open = undefined
}

/** A call, or a part without neutral form: a block that is whole at once. */
function decodeOther(state: State, candidate: CandidateState, value: Json, events: ChatEvent[]): void {
  const part = asObject(value)
  const called = asObject(part?.['functionCall'])
  const callId = callIdOf(state.id, candidate.index, candidate.nextBlock)
  const isPlain = part !== undefined && unknownMembers(part, knownOfPart) === undefined
  const call = called && isPlain ? decodeCall(called, callId, asText(part['thoughtSignature'])) : undefined
  if (call === undefined) {
    const block = startBlock(candidate, { type: 'opaque', wire: 'gemini-generate', value }, events)
    events.push({ type: 'block-end', candidate: candidate.index, block })
    return
  }
  candidate.calledTool = true
  const { argumentsText, ...start } = call
  const block = startBlock(candidate, start, events)
  const delta = { type: 'arguments', text: argumentsText } as const
  events.push({ type: 'block-delta', candidate: candidate.index, block, delta })
  events.push({ type: 'block-end', candidate: candidate.index, block })
}

function decodeEnd(state: State): readonly ChatEvent[] {
  const candidates = [...state.candidates.values()]
  const isWhole = candidates.every(({ finishReason }) => finishReason !== undefined)
  const hasEnd = candidates.length > 0 || state.blockReason !== undefined
  if (state.phase === 'waiting' || !isWhole || !hasEnd) throw truncatedStream('its finishReason')
  const events: ChatEvent[] = []
  for (const candidate of candidates) {
    endBlock(candidate, events)
    const stopReason = decodeStopReason(candidate.finishReason ?? null, candidate.calledTool)
    events.push({ type: 'candidate-end', candidate: candidate.index, stopReason })
  }
  if (candidates.length === 0 && state.blockReason !== undefined) {
    events.push({ type: 'candidate-end', candidate: 0, stopReason: blockedReason(state.blockReason) })
  }
  if (state.rawUsage !== undefined) events.push({ type: 'usage', usage: decodeUsage(state.rawUsage) })
  events.push({ type: 'response-end' })
  return events
}
