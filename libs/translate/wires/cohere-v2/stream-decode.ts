import type { BlockStart, ChatEvent, Json, JsonObject, StreamDecoder, StreamFrame } from '#contract'
import { asList, asNumber, asObject, asText, parseObject } from '../../narrow.ts'
import { malformedAnswer, truncatedStream } from '../../upstream-error.ts'
import { citedBlock, citesText, isOwnCitation } from './citations.ts'
import { decodeFailure, decodeStreamError } from './errors.ts'
import { decodeLogprobs, losesItems } from './logprobs.ts'
import { decodeStopReason } from './stop-reason.ts'
import { decodeUsage } from './usage.ts'

/*
 * Chat events → canonical events.
 *
 *   state     entered by                              left by
 *   waiting   start                                   the first event: response-start
 *   open      the first event                         message-end: candidate-end, usage, response-end
 *   closed    message-end                             never; later frames (`[DONE]`) are passed over
 *
 *   event                       canonical
 *   tool-plan-delta             a reasoning block that is the plan; the vendor marks neither its start nor its end
 *   content-delta with logprobs the same, and a warning where they say more than the neutral form
 *   content-start, -delta, -end block-start, -delta, -end of a text or reasoning block
 *   tool-call-start, …          the same of a tool call
 *   citation-start              block-delta of the text that it is about, while that is open; else opaque, as
 *                               citations of plan and thinking are
 *   citation-end                nothing: a citation comes whole
 *   message-end of a failure    thrown
 *   any other                   opaque
 *
 * The vendor numbers contents and tool calls apart; canonical blocks have one numbering.
 */

type OpenBlock = { readonly block: number; readonly kind: 'text' | 'reasoning' | 'plan' | 'tool-call' }

type State = {
  phase: 'waiting' | 'open' | 'closed'
  nextBlock: number
  plan: OpenBlock | undefined
  /** By the vendor's number. */
  readonly contents: Map<number, OpenBlock>
  readonly calls: Map<number, OpenBlock>
  /** Whether it was said that log probabilities lose something. */
  toldOfItems: boolean
}

export function createStreamDecoder(): StreamDecoder {
  const state: State = {
    phase: 'waiting',
    nextBlock: 0,
    plan: undefined,
    contents: new Map(),
    calls: new Map(),
    toldOfItems: false,
  }
  return {
    push: (frame) => decodeFrame(state, frame),
    end: () => {
      if (state.phase !== 'closed') throw truncatedStream('its message-end')
      return []
    },
  }
}

function decodeFrame(state: State, frame: StreamFrame): readonly ChatEvent[] {
  if (state.phase === 'closed') return []
  if (frame.data === '[DONE]') throw truncatedStream('its message-end')
  const body = parseObject(frame.data)
  if (body === undefined) throw malformedAnswer('a stream event is no JSON object')
  const type = asText(body['type']) ?? frame.event
  if (type === undefined || type === 'error' || frame.event === 'error') throw decodeStreamError(body)
  const events: ChatEvent[] = []
  if (state.phase === 'waiting') {
    state.phase = 'open'
    // The vendor does not say which model answers.
    events.push({ type: 'response-start', id: asText(body['id']) ?? '', model: '' })
  }
  decodeEvent(state, type, body, events)
  return events
}

type Step = (state: State, body: JsonObject, events: ChatEvent[]) => void

const steps: ReadonlyMap<string, Step> = new Map<string, Step>([
  ['message-start', () => {}],
  ['content-start', decodeContentStart],
  ['content-delta', decodeContentDelta],
  ['content-end', (state, body, events) => endBlock(state.contents, numberOf(body), events)],
  ['tool-plan-delta', decodePlan],
  ['tool-call-start', decodeCallStart],
  ['tool-call-delta', decodeCallDelta],
  ['tool-call-end', (state, body, events) => endBlock(state.calls, numberOf(body), events)],
  ['citation-start', decodeCitation],
  ['citation-end', () => {}],
  ['message-end', (state, body, events) => decodeEnd(state, asObject(body['delta']) ?? {}, events)],
])

function decodeEvent(state: State, type: string, body: JsonObject, events: ChatEvent[]): void {
  const step = steps.get(type)
  if (step === undefined) events.push({ type: 'opaque', wire: 'cohere-v2', value: body })
  else step(state, body, events)
}

function decodeContentStart(state: State, body: JsonObject, events: ChatEvent[]): void {
  const content = asObject(messageOf(body)?.['content'])
  const number = numberOf(body)
  endBlock(state.contents, number, events)
  const isThinking = content?.['type'] === 'thinking'
  const kind = isThinking ? 'reasoning' : 'text'
  const open = startBlock(state, { type: kind }, events)
  state.contents.set(number, open)
  const text = asText(content?.[isThinking ? 'thinking' : 'text'])
  if (text) pushText(open.block, text, undefined, events)
}

function decodeContentDelta(state: State, body: JsonObject, events: ChatEvent[]): void {
  const content = asObject(messageOf(body)?.['content'])
  const thinking = asText(content?.['thinking'])
  const text = thinking ?? asText(content?.['text'])
  if (text === undefined) return
  const number = numberOf(body)
  const kind = thinking === undefined ? 'text' : 'reasoning'
  let open = state.contents.get(number)
  // Servers that leave content-start out, or change the kind under one number.
  if (open === undefined || open.kind !== kind) {
    endBlock(state.contents, number, events)
    open = startBlock(state, { type: kind }, events)
    state.contents.set(number, open)
  }
  const logprobs = body['logprobs']
  pushText(open.block, text, logprobs == null ? undefined : readLogprobs(state, logprobs, events), events)
}

/** Events have no place for what the neutral shape lacks: it is named once. */
function readLogprobs(state: State, value: Json, events: ChatEvent[]): Json | undefined {
  const items = asList(value) ?? [value]
  if (!state.toldOfItems && losesItems(items)) {
    state.toldOfItems = true
    events.push({ type: 'warning', warning: { code: 'unsupported', path: 'logprobs' } })
  }
  return decodeLogprobs(items)
}

function pushText(block: number, text: string, logprobs: Json | undefined, events: ChatEvent[]): void {
  const delta = { type: 'text', text } as const
  events.push(
    logprobs === undefined
      ? { type: 'block-delta', candidate: 0, block, delta }
      : { type: 'block-delta', candidate: 0, block, delta, logprobs },
  )
}

function decodePlan(state: State, body: JsonObject, events: ChatEvent[]): void {
  const text = asText(messageOf(body)?.['tool_plan'])
  if (!text) return
  const plan = state.plan ?? startBlock(state, { type: 'reasoning', plan: true }, events)
  state.plan = plan
  pushText(plan.block, text, undefined, events)
}

function decodeCallStart(state: State, body: JsonObject, events: ChatEvent[]): void {
  const call = callOf(body)
  const called = asObject(call?.['function'])
  const number = numberOf(body)
  endBlock(state.calls, number, events)
  const id = asText(call?.['id']) ?? ''
  const open = startBlock(state, { type: 'tool-call', id, name: asText(called?.['name']) ?? '' }, events)
  state.calls.set(number, open)
  pushArguments(open, asText(called?.['arguments']), events)
}

function decodeCallDelta(state: State, body: JsonObject, events: ChatEvent[]): void {
  const open = state.calls.get(numberOf(body))
  if (open === undefined) throw malformedAnswer('a tool-call-delta belongs to no open tool call')
  pushArguments(open, asText(asObject(callOf(body)?.['function'])?.['arguments']), events)
}

function pushArguments({ block }: OpenBlock, text: string | undefined, events: ChatEvent[]): void {
  if (text) events.push({ type: 'block-delta', candidate: 0, block, delta: { type: 'arguments', text } })
}

function decodeCitation(state: State, body: JsonObject, events: ChatEvent[]): void {
  const citations = messageOf(body)?.['citations']
  for (const citation of asList(citations) ?? (citations === undefined ? [] : [citations])) {
    const open = citedOpen(state, citation)
    if (open !== undefined) {
      const delta = { type: 'citation', citation } as const
      events.push({ type: 'block-delta', candidate: 0, block: open.block, delta })
      continue
    }
    const value: JsonObject = {
      type: 'citation-start',
      index: numberOf(body),
      delta: { message: { citations: citation } },
    }
    events.push({ type: 'opaque', wire: 'cohere-v2', value })
  }
}

function citedOpen(state: State, citation: Json): OpenBlock | undefined {
  if (!isOwnCitation(citation) || !citesText(citation)) return undefined
  const number = citedBlock(citation)
  const open =
    number === undefined
      ? [...state.contents.values()].findLast(({ kind }) => kind === 'text')
      : state.contents.get(number)
  return open?.kind === 'text' ? open : undefined
}

function decodeEnd(state: State, delta: JsonObject, events: ChatEvent[]): void {
  const failure = decodeFailure(delta)
  if (failure !== undefined) throw failure
  endPlan(state, events)
  for (const number of [...state.contents.keys()]) endBlock(state.contents, number, events)
  for (const number of [...state.calls.keys()]) endBlock(state.calls, number, events)
  state.phase = 'closed'
  const stopReason = decodeStopReason(asText(delta['finish_reason']) ?? null)
  events.push({ type: 'candidate-end', candidate: 0, stopReason })
  const usage = asObject(delta['usage'])
  if (usage !== undefined) events.push({ type: 'usage', usage: decodeUsage(usage) })
  events.push({ type: 'response-end' })
}

type StartedBlock = Extract<BlockStart, { type: 'text' | 'reasoning' | 'tool-call' }>

function startBlock(state: State, start: StartedBlock, events: ChatEvent[]): OpenBlock {
  endPlan(state, events)
  const block = state.nextBlock
  state.nextBlock += 1
  events.push({ type: 'block-start', candidate: 0, block, start })
  return { block, kind: start.type === 'reasoning' && start.plan === true ? 'plan' : start.type }
}

function endBlock(blocks: Map<number, OpenBlock>, number: number, events: ChatEvent[]): void {
  const open = blocks.get(number)
  if (open === undefined) return
  blocks.delete(number)
  events.push({ type: 'block-end', candidate: 0, block: open.block })
}

function endPlan(state: State, events: ChatEvent[]): void {
  if (state.plan === undefined) return
  events.push({ type: 'block-end', candidate: 0, block: state.plan.block })
  state.plan = undefined
}

function messageOf(body: JsonObject): JsonObject | undefined {
  return asObject(asObject(body['delta'])?.['message'])
}

/** The one call of the event; some servers send it in a list. */
function callOf(body: JsonObject): JsonObject | undefined {
  const calls = messageOf(body)?.['tool_calls']
  return asObject(asList(calls)?.[0] ?? calls)
}

function numberOf(body: JsonObject): number {
  return asNumber(body['index']) ?? 0
}
