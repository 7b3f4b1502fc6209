import type {
  BlockDelta,
  BlockStart,
  CallerContext,
  ChatEvent,
  Json,
  JsonObject,
  StopReason,
  StreamEncoder,
  StreamFrame,
  Usage,
} from '#contract'
import { warnOfForeign } from '../../foreign-extensions.ts'
import { createWarnings, type Warnings } from '../../warnings.ts'
import { encodeStopReason } from './stop-reason.ts'
import { encodeUsage } from './usage.ts'

/*
 * Canonical events → chat.completion.chunk frames.
 *
 *   event            frames
 *   response-start   the role chunk of candidate 0
 *   block-start      a tool call opens with id and name; another candidate's first block brings its role chunk;
 *                    reasoning and other wires' blocks have no field here: named in a warning, their deltas dropped
 *   block-delta      content, refusal or tool-call arguments
 *   block-end        a tool call without arguments gets `{}`, which clients parse
 *   candidate-end    the finish_reason chunk
 *   warning          nothing
 *   usage            nothing yet: the last one goes out at the end, if the caller asked for it
 *   response-end     the usage chunk (no choices), then [DONE]
 *
 * Chunks are put together as text: everything but the delta is the same in all of them.
 */

/** What becomes of a block's deltas: the member they go to, a tool call's number, or nothing. */
type Block = 'content' | 'refusal' | 'dropped' | ToolCallBlock
type ToolCallBlock = { readonly toolCall: number; hasArguments: boolean }

type CandidateState = { readonly blocks: Map<number, Block>; toolCalls: number }

type State = {
  readonly caller: CallerContext
  readonly warnings: Warnings
  readonly candidates: Map<number, CandidateState>
  /** `{"id":…,"model":…,"choices":[` and what follows the choices. */
  head: string
  tail: string
  usage: Usage | undefined
}

export function createStreamEncoder(caller: CallerContext): StreamEncoder {
  const state: State = {
    caller,
    warnings: createWarnings(),
    candidates: new Map(),
    head: '',
    tail: '',
    usage: undefined,
  }
  return { push: (event) => encodeEvent(state, event), warnings: () => state.warnings.all() }
}

function encodeEvent(state: State, event: ChatEvent): readonly StreamFrame[] {
  switch (event.type) {
    case 'response-start':
      return encodeStart(state, event)
    case 'block-start':
      return encodeBlockStart(state, event)
    case 'block-delta':
      return encodeDelta(state, event)
    case 'block-end':
      return encodeBlockEnd(state, event)
    case 'candidate-end':
      return encodeFinish(state, event.candidate, event.stopReason)
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

function encodeStart(
  state: State,
  event: Extract<ChatEvent, { type: 'response-start' }>,
): readonly StreamFrame[] {
  const { caller, warnings } = state
  warnOfForeign(event.extensions, { own: 'openai-chat', warnings })
  const id = JSON.stringify(event.id === '' ? `chatcmpl-${caller.requestId}` : event.id)
  const created = event.createdAtSeconds ?? caller.nowSeconds
  const model = JSON.stringify(event.model === '' ? caller.model : event.model)
  const own = printMembers(event.extensions?.['openai-chat'])
  state.head = `{"id":${id},"object":"chat.completion.chunk","created":${created},"model":${model}${own},"choices":[`
  state.tail = caller.streamUsage ? '],"usage":null}' : ']}'
  return encodeRole(state, 0)
}

/** Members that every chunk repeats, each with its comma. */
function printMembers(members: JsonObject | undefined): string {
  return members === undefined ? '' : `,${JSON.stringify(members).slice(1, -1)}`
}

function encodeRole(state: State, candidate: number): readonly StreamFrame[] {
  state.candidates.set(candidate, { blocks: new Map(), toolCalls: 0 })
  return [chunk(state, candidate, '{"role":"assistant","content":"","refusal":null}')]
}

function encodeBlockStart(
  state: State,
  event: Extract<ChatEvent, { type: 'block-start' }>,
): readonly StreamFrame[] {
  const frames: StreamFrame[] = []
  if (!state.candidates.has(event.candidate)) frames.push(...encodeRole(state, event.candidate))
  const candidate = state.candidates.get(event.candidate)
  if (candidate === undefined) return frames
  const block = blockOf(event.start, candidate)
  candidate.blocks.set(event.block, block)
  if (block === 'dropped') state.warnings.unsupported(`content[${event.block}]`)
  if (typeof block === 'object' && event.start.type === 'tool-call') {
    const { id, name } = event.start
    const called = JSON.stringify({
      index: block.toolCall,
      id,
      type: 'function',
      function: { name, arguments: '' },
    })
    frames.push(chunk(state, event.candidate, `{"tool_calls":[${called}]}`))
  }
  return frames
}

function blockOf(start: BlockStart, candidate: CandidateState): Block {
  switch (start.type) {
    case 'text':
      return 'content'
    case 'refusal':
      return 'refusal'
    case 'tool-call': {
      const toolCall = candidate.toolCalls
      candidate.toolCalls += 1
      return { toolCall, hasArguments: false }
    }
    default:
      return 'dropped'
  }
}

function encodeDelta(
  state: State,
  event: Extract<ChatEvent, { type: 'block-delta' }>,
): readonly StreamFrame[] {
  const block = state.candidates.get(event.candidate)?.blocks.get(event.block)
  if (block === undefined || block === 'dropped') return []
  if (typeof block === 'object' && event.delta.type === 'arguments') block.hasArguments = true
  const delta = printDelta(block, event.delta)
  if (delta === undefined) {
    state.warnings.unsupported(`content[${event.block}].${event.delta.type}`)
    return []
  }
  return [chunk(state, event.candidate, delta, 'null', event.logprobs)]
}

function printDelta(block: Exclude<Block, 'dropped'>, delta: BlockDelta): string | undefined {
  if (typeof block === 'object') {
    if (delta.type !== 'arguments') return undefined
    return printArguments(block, delta.text)
  }
  return delta.type === 'text' ? `{"${block}":${JSON.stringify(delta.text)}}` : undefined
}

function printArguments(block: ToolCallBlock, text: string): string {
  return `{"tool_calls":[{"index":${block.toolCall},"function":{"arguments":${JSON.stringify(text)}}}]}`
}

function encodeBlockEnd(
  state: State,
  event: Extract<ChatEvent, { type: 'block-end' }>,
): readonly StreamFrame[] {
  const block = state.candidates.get(event.candidate)?.blocks.get(event.block)
  if (typeof block !== 'object' || block.hasArguments) return []
  return [chunk(state, event.candidate, printArguments(block, '{}'))]
}

function encodeFinish(state: State, candidate: number, reason: StopReason): readonly StreamFrame[] {
  const frames = state.candidates.has(candidate) ? [] : [...encodeRole(state, candidate)]
  frames.push(chunk(state, candidate, '{}', `"${encodeStopReason(reason)}"`))
  return frames
}

/** What only this wire knows goes back as it came; another wire's is named. */
function encodeOpaque(state: State, event: Extract<ChatEvent, { type: 'opaque' }>): readonly StreamFrame[] {
  const value = event.value as { readonly index?: Json; readonly delta?: Json } | null
  if (event.wire !== 'openai-chat' || value === null || typeof value.index !== 'number') {
    state.warnings.unsupported('stream')
    return []
  }
  return [chunk(state, value.index, JSON.stringify(value.delta ?? {}))]
}

function encodeEnd(state: State): readonly StreamFrame[] {
  const done = { data: '[DONE]' }
  if (!state.caller.streamUsage || state.usage === undefined) return [done]
  return [{ data: `${state.head}],"usage":${JSON.stringify(encodeUsage(state.usage))}}` }, done]
}

/** One chunk of one candidate; `delta` and `finish` are JSON texts. */
function chunk(
  state: State,
  candidate: number,
  delta: string,
  finish = 'null',
  logprobs?: Json,
): StreamFrame {
  const probabilities = logprobs === undefined ? 'null' : JSON.stringify(logprobs)
  return {
    data: `${state.head}{"index":${candidate},"delta":${delta},"logprobs":${probabilities},"finish_reason":${finish}}${state.tail}`,
  }
}
