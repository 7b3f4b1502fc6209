import type {
  BlockDelta,
  BlockStart,
  CallerContext,
  ChatEvent,
  JsonObject,
  StopReason,
  StreamEncoder,
  StreamFrame,
  Usage,
} from '#contract'
import { warnOfForeign } from '../../foreign-extensions.ts'
import { asObject } from '../../narrow.ts'
import { createWarnings, type Warnings } from '../../warnings.ts'
import { base64Of } from './base64.ts'
import { isOwnCitation } from './citations.ts'
import { encodeModelFields } from './response.ts'
import { encodeStopReason } from './stop-reason.ts'
import { encodeUsage } from './usage.ts'

/*
 * Canonical events → events of ConverseStream.
 *
 *   event            frames
 *   response-start   messageStart
 *   block-start      contentBlockStart for a tool's call; nothing for text and reasoning, as from the vendor; blocks are
 *                    numbered anew, since other wires' opaque ones are left out
 *   block-delta      contentBlockDelta
 *   block-end        contentBlockStop
 *   candidate-end    nothing yet: other wires may still call a tool, which the stop reason here must say
 *   usage            nothing yet: the last one counts
 *   response-end     messageStop, then metadata with the usage
 *
 * An answer is one message: events of other candidates are dropped and named in a warning.
 */

type State = {
  readonly caller: CallerContext
  readonly warnings: Warnings
  /** Canonical number → ours and what the block holds; a block that is left out is absent. */
  readonly blocks: Map<number, { readonly index: number; readonly kind: BlockStart['type'] }>
  nextIndex: number
  calledTool: boolean
  stopReason: StopReason | undefined
  usage: Usage | undefined
}

export function createStreamEncoder(caller: CallerContext): StreamEncoder {
  const state: State = {
    caller,
    warnings: createWarnings(),
    blocks: new Map(),
    nextIndex: 0,
    calledTool: false,
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
      warnOfForeign(event.extensions, { own: 'bedrock-converse', warnings: state.warnings })
      return [frame('messageStart', { role: 'assistant' })]
    case 'block-start':
      return encodeBlockStart(state, event.block, event.start)
    case 'block-delta':
      if (event.logprobs !== undefined) state.warnings.unsupported('choices[0].logprobs')
      return encodeDelta(state, event.block, event.delta)
    case 'block-end':
      return encodeBlockEnd(state, event.block)
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
      state.warnings.unsupported('stream')
      return []
    case 'response-end':
      return encodeEnd(state)
  }
}

function encodeBlockStart(state: State, block: number, start: BlockStart): readonly StreamFrame[] {
  const own = start.type === 'opaque' && start.wire === 'bedrock-converse' ? asObject(start.value) : undefined
  if (start.type === 'opaque' && own === undefined) {
    state.warnings.unsupported(`choices[0].message.content[${block}]`)
    return []
  }
  const index = state.nextIndex
  state.nextIndex += 1
  state.blocks.set(block, { index, kind: start.type })
  if (own !== undefined) return Object.keys(own).length === 0 ? [] : [startFrame(index, own)]
  if (start.type === 'redacted-reasoning') {
    const redactedContent = base64Of(start.data)
    return [deltaFrame(index, JSON.stringify({ reasoningContent: { redactedContent } }))]
  }
  if (start.type !== 'tool-call') return []
  state.calledTool = true
  return [startFrame(index, { toolUse: { toolUseId: start.id, name: start.name } })]
}

function startFrame(contentBlockIndex: number, start: JsonObject): StreamFrame {
  return frame('contentBlockStart', { contentBlockIndex, start })
}

/** The frequent ones are put together as text: one number and one string differ. */
function encodeDelta(state: State, number: number, delta: BlockDelta): readonly StreamFrame[] {
  const block = state.blocks.get(number)
  if (block === undefined) return []
  const printed = printDelta(block.kind, delta)
  if (printed === undefined) {
    const member = delta.type === 'citation' ? '.citations' : ''
    state.warnings.unsupported(`choices[0].message.content[${number}]${member}`)
    return []
  }
  return [deltaFrame(block.index, printed)]
}

function deltaFrame(index: number, printed: string): StreamFrame {
  return { event: 'contentBlockDelta', data: `{"contentBlockIndex":${index},"delta":${printed}}` }
}

function printDelta(kind: BlockStart['type'], delta: BlockDelta): string | undefined {
  switch (delta.type) {
    case 'text': {
      const text = JSON.stringify(delta.text)
      return kind === 'reasoning' ? `{"reasoningContent":{"text":${text}}}` : `{"text":${text}}`
    }
    case 'arguments':
      return `{"toolUse":{"input":${JSON.stringify(delta.text)}}}`
    case 'signature':
      return kind === 'reasoning'
        ? `{"reasoningContent":{"signature":${JSON.stringify(delta.signature)}}}`
        : undefined
    case 'citation':
      return isOwnCitation(delta.citation) ? `{"citation":${JSON.stringify(delta.citation)}}` : undefined
    case 'opaque':
      return delta.wire === 'bedrock-converse' ? JSON.stringify(delta.value) : undefined
  }
}

function encodeBlockEnd(state: State, number: number): readonly StreamFrame[] {
  const block = state.blocks.get(number)
  return block === undefined ? [] : [frame('contentBlockStop', { contentBlockIndex: block.index })]
}

function encodeEnd(state: State): readonly StreamFrame[] {
  const reason: StopReason = state.stopReason ?? { unified: 'other', raw: null }
  const fields = encodeModelFields(reason, undefined, state.caller)
  const stop = {
    stopReason: encodeStopReason(reason, state.calledTool),
    ...(fields !== undefined && { additionalModelResponseFields: fields }),
  }
  const metadata = { usage: encodeUsage(state.usage), metrics: { latencyMs: 0 } }
  return [frame('messageStop', stop), frame('metadata', metadata)]
}

function frame(event: string, body: JsonObject): StreamFrame {
  return { event, data: JSON.stringify(body) }
}
