import type {
  BlockDelta,
  BlockStart,
  CallerContext,
  ChatEvent,
  Json,
  StopReason,
  StreamEncoder,
  StreamFrame,
  Usage,
} from '#contract'
import { warnOfForeign } from '../../foreign-extensions.ts'
import { asObject, asText } from '../../narrow.ts'
import { createWarnings, type Warnings } from '../../warnings.ts'
import { isOwnCitation } from './citations.ts'
import { encodeEventLogprobs } from './logprobs.ts'
import { encodeStopReason, losesReason } from './stop-reason.ts'
import { encodeUsage } from './usage.ts'

/*
 * Canonical events → chat events.
 *
 *   event            frames
 *   response-start   message-start
 *   block-start      content-start or tool-call-start, numbered apart; nothing for a plan
 *   block-delta      content-delta, tool-plan-delta, tool-call-delta, or citation-start and citation-end
 *   block-end        content-end or tool-call-end; a call without arguments gets `{}` before
 *   candidate-end    nothing yet: the reason waits for the usage
 *   usage            nothing yet: the last one counts
 *   response-end     message-end with reason and usage, then [DONE]
 *
 * There is one answer here: events of other candidates are dropped and named in a warning.
 */

type Block =
  | { readonly kind: 'text' | 'thinking'; readonly index: number }
  | { readonly kind: 'plan' }
  | { readonly kind: 'tool-call'; readonly index: number; hasArguments: boolean }

type State = {
  readonly caller: CallerContext
  readonly warnings: Warnings
  /** By canonical number; one that is left out is absent. */
  readonly blocks: Map<number, Block>
  contents: number
  calls: number
  citations: number
  id: string
  stopReason: StopReason | undefined
  usage: Usage | undefined
}

export function createStreamEncoder(caller: CallerContext): StreamEncoder {
  const state: State = {
    caller,
    warnings: createWarnings(),
    blocks: new Map(),
    contents: 0,
    calls: 0,
    citations: 0,
    id: '',
    stopReason: undefined,
    usage: undefined,
  }
  return { push: (event) => encodeEvent(state, event), warnings: () => state.warnings.all() }
}

function encodeEvent(state: State, event: ChatEvent): readonly StreamFrame[] {
  if ('candidate' in event && event.candidate > 0) {
    state.warnings.unsupported(`choices[${event.candidate}]`)
    return []
  }
  switch (event.type) {
    case 'response-start':
      warnOfForeign(event.extensions, { own: 'cohere-v2', warnings: state.warnings })
      return encodeStart(state, event.id)
    case 'block-start':
      return encodeBlockStart(state, event.block, event.start)
    case 'block-delta':
      return encodeDelta(state, event)
    case 'block-end':
      return encodeBlockEnd(state.blocks.get(event.block))
    case 'candidate-end':
      state.stopReason = event.stopReason
      return []
    case 'usage':
      state.usage = event.usage
      return []
    case 'warning':
      // Whoever feeds the encoder has seen it; `warnings` holds what encoding alone found.
      return []
    case 'opaque':
      return encodeOpaque(state, event)
    case 'response-end':
      return encodeEnd(state)
  }
}

function encodeStart(state: State, id: string): readonly StreamFrame[] {
  state.id = id === '' ? state.caller.requestId : id
  const message = '{"role":"assistant","content":[],"tool_plan":"","tool_calls":[],"citations":[]}'
  const data = `{"id":${JSON.stringify(state.id)},"type":"message-start","delta":{"message":${message}}}`
  return [{ event: 'message-start', data }]
}

function encodeBlockStart(state: State, number: number, start: BlockStart): readonly StreamFrame[] {
  switch (start.type) {
    case 'text':
    case 'refusal':
      return startContent(state, number, 'text')
    case 'reasoning':
      if (start.plan !== true) return startContent(state, number, 'thinking')
      state.blocks.set(number, { kind: 'plan' })
      return []
    case 'tool-call': {
      const index = state.calls
      state.calls += 1
      state.blocks.set(number, { kind: 'tool-call', index, hasArguments: false })
      const { id, name } = start
      const call = JSON.stringify({ id, type: 'function', function: { name, arguments: '' } })
      return [frame('tool-call-start', index, `{"tool_calls":${call}}`)]
    }
    default:
      state.warnings.unsupported(`message.content[${number}]`)
      return []
  }
}

function startContent(state: State, number: number, kind: 'text' | 'thinking'): readonly StreamFrame[] {
  const index = state.contents
  state.contents += 1
  state.blocks.set(number, { kind, index })
  return [frame('content-start', index, `{"content":{"type":"${kind}","${kind}":""}}`)]
}

function encodeDelta(
  state: State,
  event: Extract<ChatEvent, { type: 'block-delta' }>,
): readonly StreamFrame[] {
  const block = state.blocks.get(event.block)
  if (event.logprobs !== undefined && block?.kind !== 'text') state.warnings.unsupported('logprobs')
  if (block === undefined) return []
  const frames = encodeKnownDelta(state, block, event.delta, event.logprobs)
  if (frames === undefined) state.warnings.unsupported(`message.content[${event.block}].${event.delta.type}`)
  return frames ?? []
}

/** `undefined` for what this wire has no event for. Frames are put together as text: one string differs in each. */
function encodeKnownDelta(
  state: State,
  block: Block,
  delta: BlockDelta,
  logprobs: Json | undefined,
): readonly StreamFrame[] | undefined {
  switch (delta.type) {
    case 'text': {
      if (block.kind === 'tool-call') return undefined
      const text = JSON.stringify(delta.text)
      if (block.kind === 'plan') return [planFrame(text)]
      const message = `{"content":{"${block.kind}":${text}}}`
      return [frame('content-delta', block.index, message, printLogprobs(logprobs, state.warnings))]
    }
    case 'arguments':
      if (block.kind !== 'tool-call') return undefined
      block.hasArguments = true
      return [argumentsFrame(block.index, delta.text)]
    case 'citation':
      return isOwnCitation(delta.citation) ? encodeCitation(state, delta.citation) : undefined
    default:
      return undefined
  }
}

function printLogprobs(logprobs: Json | undefined, warnings: Warnings): string {
  const item = logprobs === undefined ? undefined : encodeEventLogprobs(logprobs, warnings)
  return item === undefined ? '' : `,"logprobs":${JSON.stringify(item)}`
}

function encodeCitation(state: State, citation: Json): readonly StreamFrame[] {
  const index = state.citations
  state.citations += 1
  return [
    frame('citation-start', index, `{"citations":${JSON.stringify(citation)}}`),
    endFrame('citation-end', index),
  ]
}

function encodeBlockEnd(block: Block | undefined): readonly StreamFrame[] {
  if (block === undefined || block.kind === 'plan') return []
  if (block.kind !== 'tool-call') return [endFrame('content-end', block.index)]
  const end = endFrame('tool-call-end', block.index)
  return block.hasArguments ? [end] : [argumentsFrame(block.index, '{}'), end]
}

/** What only this wire knows goes back as it came; another wire's is named. */
function encodeOpaque(state: State, event: Extract<ChatEvent, { type: 'opaque' }>): readonly StreamFrame[] {
  const value = event.wire === 'cohere-v2' ? asObject(event.value) : undefined
  const type = asText(value?.['type'])
  if (value === undefined || type === undefined) {
    state.warnings.unsupported('stream')
    return []
  }
  if (type === 'citation-start') {
    const citation = asObject(asObject(value['delta'])?.['message'])?.['citations']
    if (citation !== undefined) return encodeCitation(state, citation)
  }
  return [{ event: type, data: JSON.stringify(value) }]
}

function encodeEnd(state: State): readonly StreamFrame[] {
  const reason = state.stopReason ?? { unified: 'stop', raw: null }
  if (losesReason(reason)) state.warnings.changed('finish_reason')
  const delta = { finish_reason: encodeStopReason(reason, state.calls > 0), usage: encodeUsage(state.usage) }
  const data = JSON.stringify({ type: 'message-end', id: state.id, delta })
  return [{ event: 'message-end', data }, { data: '[DONE]' }]
}

function frame(type: string, index: number, message: string, rest = ''): StreamFrame {
  return { event: type, data: `{"type":"${type}","index":${index},"delta":{"message":${message}}${rest}}` }
}

function planFrame(text: string): StreamFrame {
  return {
    event: 'tool-plan-delta',
    data: `{"type":"tool-plan-delta","delta":{"message":{"tool_plan":${text}}}}`,
  }
}

function argumentsFrame(index: number, text: string): StreamFrame {
  const call = `{"function":{"arguments":${JSON.stringify(text)}}}`
  return frame('tool-call-delta', index, `{"tool_calls":${call}}`)
}

function endFrame(type: string, index: number): StreamFrame {
  return { event: type, data: `{"type":"${type}","index":${index}}` }
}
