import type { BlockStart, ChatEvent, Json, JsonObject, StreamDecoder, StreamFrame } from '#contract'
import { asList, asNumber, asObject, asText, parseObject } from '../../narrow.ts'
import { unknownMembers } from '../../unknown-members.ts'
import { malformedAnswer, truncatedStream } from '../../upstream-error.ts'
import { decodeChunk as decodeContentChunk } from './content-chunk.ts'
import { decodeStreamError } from './errors.ts'
import { decodeStopReason } from './stop-reason.ts'
import { decodeUsage } from './usage.ts'

/*
 * chat.completion.chunk frames → canonical events.
 *
 *   state     entered by                                  left by
 *   waiting   start                                       the first chunk: response-start
 *   open      the first chunk                             `[DONE]`, or `end` when every candidate has ended
 *   closed    response-end                                never; later frames are passed over
 *
 *   a candidate is open from its first choice to its finish_reason. It has at most one open block; a delta of another
 *   kind, or another tool call, ends that block and starts the next. Late arguments of a tool call whose block has
 *   ended (an interleaving server) still go out under that block's number.
 *
 * Natural end: `[DONE]`, or every candidate seen has its finish_reason (servers that leave `[DONE]` out). A candidate
 * that `[DONE]` finds open ends without a reason.
 */

type BlockKind = 'text' | 'refusal' | 'reasoning' | 'tool-call'
type ToolCall = { readonly block: number; readonly id: string }

type CandidateState = {
  readonly index: number
  nextBlock: number
  open: { readonly block: number; readonly kind: BlockKind } | undefined
  /** By the vendor's index of the call. */
  readonly toolCalls: Map<number, ToolCall>
  ended: boolean
}

type State = {
  phase: 'waiting' | 'open' | 'closed'
  readonly candidates: Map<number, CandidateState>
}

const knownOfChunk: ReadonlySet<string> = new Set([
  ...['id', 'object', 'created', 'model', 'choices', 'usage', 'service_tier', 'obfuscation'],
])
const knownOfDelta: ReadonlySet<string> = new Set([
  ...['role', 'content', 'refusal', 'tool_calls', 'reasoning_content', 'reasoning'],
])

export function createStreamDecoder(): StreamDecoder {
  const state: State = { phase: 'waiting', candidates: new Map() }
  return {
    push: (frame) => decodeFrame(state, frame),
    end: () => decodeEnd(state),
  }
}

function decodeFrame(state: State, frame: StreamFrame): readonly ChatEvent[] {
  const events: ChatEvent[] = []
  if (state.phase === 'closed') return events
  if (frame.data === '[DONE]') {
    close(state, events)
    return events
  }
  const chunk = parseObject(frame.data)
  if (chunk === undefined) throw malformedAnswer('a stream chunk is no JSON object')
  const { error } = chunk
  if ((error !== undefined && error !== null) || frame.event === 'error')
    throw decodeStreamError(error ?? chunk)
  decodeChunk(state, chunk, events)
  return events
}

function decodeEnd(state: State): readonly ChatEvent[] {
  const events: ChatEvent[] = []
  if (state.phase === 'closed') return events
  const candidates = [...state.candidates.values()]
  if (candidates.length === 0 || !candidates.every((candidate) => candidate.ended)) {
    throw truncatedStream('its [DONE]')
  }
  close(state, events)
  return events
}

function close(state: State, events: ChatEvent[]): void {
  if (state.phase === 'waiting') throw truncatedStream('its first chunk')
  for (const candidate of state.candidates.values()) {
    if (!candidate.ended) decodeFinish(candidate, null, events)
  }
  state.phase = 'closed'
  events.push({ type: 'response-end' })
}

function decodeChunk(state: State, chunk: JsonObject, events: ChatEvent[]): void {
  if (state.phase === 'waiting') decodeStart(state, chunk, events)
  for (const choice of asList(chunk['choices']) ?? []) {
    const object = asObject(choice)
    if (object !== undefined) decodeChoice(state, object, events)
  }
  const usage = asObject(chunk['usage'])
  if (usage !== undefined) events.push({ type: 'usage', usage: decodeUsage(usage) })
}

function decodeStart(state: State, chunk: JsonObject, events: ChatEvent[]): void {
  const createdAtSeconds = asNumber(chunk['created'])
  const id = asText(chunk['id']) ?? ''
  const model = asText(chunk['model']) ?? ''
  // Azure's servers open with a chunk of filter results that has no id.
  if (id === '' && asList(chunk['choices'])?.length === 0) return
  state.phase = 'open'
  const unknown = unknownMembers(chunk, knownOfChunk)
  events.push({
    type: 'response-start',
    id,
    model,
    ...(createdAtSeconds !== undefined && { createdAtSeconds }),
    ...(unknown !== undefined && { extensions: { 'openai-chat': unknown } }),
  })
}

function decodeChoice(state: State, choice: JsonObject, events: ChatEvent[]): void {
  const candidate = candidateOf(state, asNumber(choice['index']) ?? 0)
  if (candidate.ended) return
  const delta = asObject(choice['delta'])
  if (delta !== undefined) decodeDelta(candidate, delta, choice['logprobs'] ?? undefined, events)
  const finishReason = asText(choice['finish_reason'])
  if (finishReason !== undefined) decodeFinish(candidate, finishReason, events)
}

function candidateOf(state: State, index: number): CandidateState {
  let candidate = state.candidates.get(index)
  if (candidate === undefined) {
    candidate = { index, nextBlock: 0, open: undefined, toolCalls: new Map(), ended: false }
    state.candidates.set(index, candidate)
  }
  return candidate
}

function decodeDelta(
  candidate: CandidateState,
  delta: JsonObject,
  logprobs: Json | undefined,
  events: ChatEvent[],
): void {
  const reasoning = asText(delta['reasoning_content']) ?? asText(delta['reasoning'])
  if (reasoning) decodeText(candidate, { kind: 'reasoning', text: reasoning }, events)
  const content = asText(delta['content'])
  if (content) decodeText(candidate, { kind: 'text', text: content, logprobs }, events)
  else if (Array.isArray(delta['content'])) decodeChunks(candidate, delta['content'], events)
  const refusal = asText(delta['refusal'])
  if (refusal) decodeText(candidate, { kind: 'refusal', text: refusal, logprobs }, events)
  const calls = asList(delta['tool_calls'])
  if (calls !== undefined) for (const call of calls) decodeToolCall(candidate, call, events)
  const unknown = unknownMembers(delta, knownOfDelta)
  if (unknown !== undefined) {
    events.push({ type: 'opaque', wire: 'openai-chat', value: { index: candidate.index, delta: unknown } })
  }
}

/** Servers that stream content in a list of parts. */
function decodeChunks(candidate: CandidateState, content: readonly Json[], events: ChatEvent[]): void {
  for (const value of content) {
    const piece = decodeContentChunk(value)
    if (piece === undefined) {
      const { index } = candidate
      events.push({ type: 'opaque', wire: 'openai-chat', value: { index, delta: { content: [value] } } })
    } else if (piece.text !== '') decodeText(candidate, piece, events)
  }
}

function decodeText(
  candidate: CandidateState,
  piece: {
    readonly kind: 'text' | 'refusal' | 'reasoning'
    readonly text: string
    readonly logprobs?: Json | undefined
  },
  events: ChatEvent[],
): void {
  const open = candidate.open
  const block = open?.kind === piece.kind ? open.block : startBlock(candidate, { type: piece.kind }, events)
  const delta = { type: 'text', text: piece.text } as const
  const { index } = candidate
  events.push(
    piece.logprobs === undefined
      ? { type: 'block-delta', candidate: index, block, delta }
      : { type: 'block-delta', candidate: index, block, delta, logprobs: piece.logprobs },
  )
}

function decodeToolCall(candidate: CandidateState, value: Json, events: ChatEvent[]): void {
  const object = asObject(value)
  const called = asObject(object?.['function'])
  if (object === undefined || called === undefined) return
  const position = asNumber(object['index']) ?? 0
  const id = asText(object['id'])
  let call = candidate.toolCalls.get(position)
  // Some servers number every call 0: another id is another call.
  if (call === undefined || (id !== undefined && id !== '' && id !== call.id)) {
    const start = { type: 'tool-call', id: id ?? '', name: asText(called['name']) ?? '' } as const
    call = { block: startBlock(candidate, start, events), id: start.id }
    candidate.toolCalls.set(position, call)
  }
  const text = asText(called['arguments'])
  if (text) {
    const delta = { type: 'arguments', text } as const
    events.push({ type: 'block-delta', candidate: candidate.index, block: call.block, delta })
  }
}

function decodeFinish(candidate: CandidateState, finishReason: string | null, events: ChatEvent[]): void {
  endBlock(candidate, events)
  candidate.ended = true
  events.push({
    type: 'candidate-end',
    candidate: candidate.index,
    stopReason: decodeStopReason(finishReason),
  })
}

function startBlock(
  candidate: CandidateState,
  start: Extract<BlockStart, { type: BlockKind }>,
  events: ChatEvent[],
): number {
  endBlock(candidate, events)
  const block = candidate.nextBlock
  candidate.nextBlock += 1
  candidate.open = { block, kind: start.type }
  events.push({ type: 'block-start', candidate: candidate.index, block, start })
  return block
}

function endBlock(candidate: CandidateState, events: ChatEvent[]): void {
  if (candidate.open === undefined) return
  events.push({ type: 'block-end', candidate: candidate.index, block: candidate.open.block })
  candidate.open = undefined
}
