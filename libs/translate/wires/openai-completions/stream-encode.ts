import type { CallerContext, ChatEvent, Json, StreamEncoder, StreamFrame, Usage } from '#contract'
import { createWarnings, type Warnings } from '../../warnings.ts'
import { encodeUsage } from '../openai-chat/usage.ts'
import { encodeLogprobs } from './logprobs.ts'
import { encodeStopReason } from './stop-reason.ts'

/*
 * Canonical events → text_completion chunks.
 *
 *   event            frames
 *   response-start   nothing: it fixes what is the same in all chunks
 *   block-start      nothing; blocks that are no text are named in a warning, their deltas dropped
 *   block-delta      a chunk of text
 *   candidate-end    a chunk without text that has the finish_reason
 *   usage            nothing yet: the last one goes out at the end, if the caller asked for it
 *   response-end     the usage chunk (no choices), then [DONE]
 *
 * Chunks are put together as text: everything but the text is the same in all of them.
 */

type State = {
  readonly caller: CallerContext
  readonly warnings: Warnings
  /** Blocks that are dropped, as `candidate/block`. */
  readonly dropped: Set<string>
  /** Characters so far, by candidate. */
  readonly offsets: Map<number, number>
  /** `{"id":…,"choices":[` and what follows the choices. */
  head: string
  tail: string
  usage: Usage | undefined
}

export function createStreamEncoder(caller: CallerContext): StreamEncoder {
  const state: State = {
    caller,
    warnings: createWarnings(),
    dropped: new Set(),
    offsets: new Map(),
    head: '',
    tail: '',
    usage: undefined,
  }
  return { push: (event) => encodeEvent(state, event), warnings: () => state.warnings.all() }
}

function encodeEvent(state: State, event: ChatEvent): readonly StreamFrame[] {
  switch (event.type) {
    case 'response-start':
      start(state, event)
      return []
    case 'block-start':
      if (event.start.type !== 'text' && event.start.type !== 'refusal') {
        state.dropped.add(`${event.candidate}/${event.block}`)
        state.warnings.unsupported(`content[${event.block}]`)
      }
      return []
    case 'block-delta':
      return encodeDelta(state, event)
    case 'candidate-end': {
      const reason = `"${encodeStopReason(event.stopReason)}"`
      return [chunk(state, { candidate: event.candidate, text: '""', finish: reason })]
    }
    case 'usage':
      state.usage = event.usage
      return []
    case 'opaque':
      state.warnings.unsupported('stream')
      return []
    case 'response-end':
      return encodeEnd(state)
    default:
      // Ends of blocks; and warnings, which whoever feeds the encoder has seen.
      return []
  }
}

function start(state: State, event: Extract<ChatEvent, { type: 'response-start' }>): void {
  const { caller } = state
  const id = JSON.stringify(event.id === '' ? `cmpl-${caller.requestId}` : event.id)
  const created = event.createdAtSeconds ?? caller.nowSeconds
  const model = JSON.stringify(event.model === '' ? caller.model : event.model)
  state.head = `{"id":${id},"object":"text_completion","created":${created},"choices":[`
  state.tail = caller.streamUsage ? `],"model":${model},"usage":null}` : `],"model":${model}}`
}

function encodeDelta(
  state: State,
  event: Extract<ChatEvent, { type: 'block-delta' }>,
): readonly StreamFrame[] {
  const { candidate, block, delta, logprobs } = event
  if (state.dropped.size > 0 && state.dropped.has(`${candidate}/${block}`)) return []
  if (delta.type !== 'text') {
    state.warnings.unsupported(`content[${block}].${delta.type}`)
    return []
  }
  const text = JSON.stringify(delta.text)
  if (logprobs === undefined) return [chunk(state, { candidate, text })]
  return [chunk(state, { candidate, text, logprobs: printLogprobs(state, candidate, logprobs) })]
}

function printLogprobs(state: State, candidate: number, logprobs: Json): string {
  const { json, offset } = encodeLogprobs(logprobs, state.offsets.get(candidate) ?? 0)
  state.offsets.set(candidate, offset)
  return JSON.stringify(json)
}

function encodeEnd(state: State): readonly StreamFrame[] {
  const done = { data: '[DONE]' }
  if (!state.caller.streamUsage || state.usage === undefined) return [done]
  const tail = state.tail.slice(0, -'null}'.length)
  return [{ data: `${state.head}${tail}${JSON.stringify(encodeUsage(state.usage))}}` }, done]
}

/** One chunk of one candidate; all but its number are JSON texts. */
function chunk(
  state: State,
  of: {
    readonly candidate: number
    readonly text: string
    readonly finish?: string
    readonly logprobs?: string
  },
): StreamFrame {
  const { candidate, text, finish = 'null', logprobs = 'null' } = of
  return {
    data: `${state.head}{"text":${text},"index":${candidate},"logprobs":${logprobs},"finish_reason":${finish}}${state.tail}`,
  }
}
