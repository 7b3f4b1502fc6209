import type { BlockStart, ChatEvent, Json, JsonObject } from '#contract'
import { asList, asNumber, asObject, asText } from '../../narrow.ts'
import { malformedAnswer } from '../../upstream-error.ts'
import { decodeLogprobs } from './logprobs.ts'
import { sealItem } from './reasoning-item.ts'

/*
 * The items of a streamed response → blocks.
 *
 *   item            block opens with                      ends with
 *   message         each content_part.added               its content_part.done, else the item's end
 *   reasoning       the first text                        the item's end, which brings the proof; without a text the
 *                                                         whole block is there
 *   function_call   output_item.added                     the item's end
 *   any other       output_item.added, opaque             the item's end; its own events are opaque deltas
 *
 * An item or a part whose beginning or text a server leaves out is read from its end.
 */

type Block = { readonly number: number; hasText: boolean; isOpen: boolean }
type Kind = 'message' | 'reasoning' | 'call' | 'opaque'
export type Output = { readonly kind: Kind; readonly blocks: Map<number, Block> }
export type Outputs = { readonly byIndex: Map<number, Output>; nextBlock: number }

type Item = { readonly index: number; readonly item: JsonObject; readonly events: ChatEvent[] }
type At = { readonly index: number; readonly body: JsonObject; readonly events: ChatEvent[] }

export function createOutputs(): Outputs {
  return { byIndex: new Map(), nextBlock: 0 }
}

const kindByType: Readonly<Record<string, Kind>> = {
  message: 'message',
  reasoning: 'reasoning',
  function_call: 'call',
}

export function addItem(outputs: Outputs, { index, item, events }: Item): Output {
  const type = asText(item['type']) ?? ''
  const kind = (Object.hasOwn(kindByType, type) && kindByType[type]) || 'opaque'
  const before = outputs.byIndex.get(index)
  if (before !== undefined) closeOutput(before, events)
  const output: Output = { kind, blocks: new Map() }
  outputs.byIndex.set(index, output)
  if (kind === 'call') {
    const id = asText(item['call_id']) ?? asText(item['id']) ?? ''
    const start = { type: 'tool-call', id, name: asText(item['name']) ?? '' } as const
    const block = openBlock(outputs, { output, content: 0, start, events })
    say(block, { type: 'arguments', text: asText(item['arguments']) }, events)
  } else if (kind === 'opaque') {
    const start = { type: 'opaque', wire: 'openai-responses', value: item } as const
    openBlock(outputs, { output, content: 0, start, events })
  }
  return output
}

/** The item's end: what has not been said yet, the proof of reasoning, and the ends of its blocks. */
export function finishItem(outputs: Outputs, end: Item): void {
  const { index, item, events } = end
  const output = outputs.byIndex.get(index) ?? addItem(outputs, end)
  switch (output.kind) {
    case 'message':
      for (const [content, value] of (asList(item['content']) ?? []).entries()) {
        const part = asObject(value)
        if (part !== undefined && !output.blocks.has(content)) {
          openPart(outputs, { output, content, part, events })
        }
      }
      break
    case 'reasoning':
      finishReasoning(outputs, output, { item, events })
      break
    case 'call': {
      const block = output.blocks.get(0)
      if (block?.hasText === false) say(block, { type: 'arguments', text: asText(item['arguments']) }, events)
      break
    }
    case 'opaque':
      opaqueDelta(outputs, { index, body: { type: 'response.output_item.done', item }, events })
  }
  closeOutput(output, events)
}

function finishReasoning(
  outputs: Outputs,
  output: Output,
  { item, events }: { readonly item: JsonObject; readonly events: ChatEvent[] },
): void {
  const sealed = sealItem(item)
  let block = output.blocks.get(0)
  if (block === undefined) {
    for (const piece of [...(asList(item['summary']) ?? []), ...(asList(item['content']) ?? [])]) {
      block = sayReasoning(outputs, output, { text: asText(asObject(piece)?.['text']), isNew: true, events })
    }
  }
  if (sealed === undefined) return
  if (block === undefined) {
    const start = { type: 'redacted-reasoning', data: sealed } as const
    openBlock(outputs, { output, content: 0, start, events })
  } else if (block.isOpen) {
    const delta = { type: 'signature', signature: sealed } as const
    events.push({ type: 'block-delta', candidate: 0, block: block.number, delta })
  }
}

export function openContent(outputs: Outputs, { index, body, events }: At): void {
  const output = outputOf(outputs, index, events)
  const content = contentIndex(body)
  const part = asObject(body['part'])
  if (output.kind === 'reasoning') reasoningPart(outputs, { index, body, events })
  else if (part !== undefined && !output.blocks.has(content)) {
    openPart(outputs, { output, content, part, events })
  }
}

/** A part of a message, with what it holds already. */
function openPart(
  outputs: Outputs,
  options: {
    readonly output: Output
    readonly content: number
    readonly part: JsonObject
    readonly events: ChatEvent[]
  },
): void {
  const { part, events } = options
  switch (part['type']) {
    case 'output_text': {
      const block = openBlock(outputs, { ...options, start: { type: 'text' } })
      say(block, { type: 'text', text: asText(part['text']), logprobs: part['logprobs'] }, events)
      for (const citation of asList(part['annotations']) ?? []) cite(block, citation, events)
      break
    }
    case 'refusal': {
      const block = openBlock(outputs, { ...options, start: { type: 'refusal' } })
      say(block, { type: 'text', text: asText(part['refusal']) }, events)
      break
    }
    default: {
      const start = { type: 'opaque', wire: 'openai-responses', value: part } as const
      openBlock(outputs, { ...options, start })
    }
  }
}

export function closeContent(outputs: Outputs, { index, body, events }: At): void {
  const output = outputs.byIndex.get(index)
  if (output?.kind === 'message') closeBlock(output.blocks.get(contentIndex(body)), events)
}

export function textDelta(outputs: Outputs, { index, body, events }: At): void {
  const block = saidBlock(outputs, { index, body, events })
  say(block, { type: 'text', text: asText(body['delta']), logprobs: body['logprobs'] }, events)
}

/** The whole text, for servers that send no deltas. */
export function wholeText(outputs: Outputs, { index, body, events }: At): void {
  const block = saidBlock(outputs, { index, body, events })
  if (block.hasText) return
  const text = asText(body['text']) ?? asText(body['refusal'])
  say(block, { type: 'text', text, logprobs: body['logprobs'] }, events)
}

export function citationDelta(outputs: Outputs, { index, body, events }: At): void {
  cite(saidBlock(outputs, { index, body, events }), body['annotation'] ?? null, events)
}

function cite(block: Block, citation: Json, events: ChatEvent[]): void {
  if (!block.isOpen) return
  events.push({
    type: 'block-delta',
    candidate: 0,
    block: block.number,
    delta: { type: 'citation', citation },
  })
}

/** The block that a text event speaks of; servers may leave its beginning out. */
function saidBlock(outputs: Outputs, { index, body, events }: At): Block {
  const output = outputOf(outputs, index, events)
  const content = contentIndex(body)
  const block = output.blocks.get(content)
  if (block !== undefined) return block
  const isRefusal = asText(body['type'])?.startsWith('response.refusal') === true
  const start = { type: isRefusal ? 'refusal' : 'text' } as const
  return openBlock(outputs, { output, content, start, events })
}

export function argumentsDelta(
  outputs: Outputs,
  { index, events }: At,
  text: string | undefined,
  extent: 'piece' | 'whole' = 'piece',
): void {
  const output = outputs.byIndex.get(index)
  const block = output?.kind === 'call' ? output.blocks.get(0) : undefined
  if (block === undefined) throw malformedAnswer('arguments belong to no function call')
  if (extent === 'piece' || !block.hasText) say(block, { type: 'arguments', text }, events)
}

/** Another part of the reasoning: an empty line stands between two. */
export function reasoningPart(outputs: Outputs, { index, events }: At): void {
  const block = outputs.byIndex.get(index)?.blocks.get(0)
  if (block?.hasText === true) say(block, { type: 'text', text: '\n\n' }, events)
}

export function reasoningText(outputs: Outputs, { index, body, events }: At): void {
  const output =
    outputs.byIndex.get(index) ?? addItem(outputs, { index, item: { type: 'reasoning' }, events })
  sayReasoning(outputs, output, { text: asText(body['delta']), isNew: false, events })
}

function sayReasoning(
  outputs: Outputs,
  output: Output,
  options: { readonly text: string | undefined; readonly isNew: boolean; readonly events: ChatEvent[] },
): Block {
  const { text, isNew, events } = options
  const block =
    output.blocks.get(0) ?? openBlock(outputs, { output, content: 0, start: { type: 'reasoning' }, events })
  if (isNew && block.hasText) say(block, { type: 'text', text: '\n\n' }, events)
  say(block, { type: 'text', text }, events)
  return block
}

export function isOpaqueOutput(outputs: Outputs, body: JsonObject): boolean {
  const index = asNumber(body['output_index'])
  return index !== undefined && outputs.byIndex.get(index)?.kind === 'opaque'
}

export function opaqueDelta(outputs: Outputs, { index, body, events }: At): void {
  const block = outputs.byIndex.get(index)?.blocks.get(0)
  if (block === undefined || !block.isOpen) return
  const delta = { type: 'opaque', wire: 'openai-responses', value: body } as const
  events.push({ type: 'block-delta', candidate: 0, block: block.number, delta })
}

function outputOf(outputs: Outputs, index: number, events: ChatEvent[]): Output {
  return outputs.byIndex.get(index) ?? addItem(outputs, { index, item: { type: 'message' }, events })
}

function openBlock(
  outputs: Outputs,
  options: {
    readonly output: Output
    readonly content: number
    readonly start: BlockStart
    readonly events: ChatEvent[]
  },
): Block {
  const { output, content, start, events } = options
  const block: Block = { number: outputs.nextBlock, hasText: false, isOpen: true }
  outputs.nextBlock += 1
  output.blocks.set(content, block)
  events.push({ type: 'block-start', candidate: 0, block: block.number, start })
  return block
}

function say(
  block: Block,
  piece: {
    readonly type: 'text' | 'arguments'
    readonly text: string | undefined
    readonly logprobs?: Json | undefined
  },
  events: ChatEvent[],
): void {
  const { type, text, logprobs } = piece
  if (!text || !block.isOpen) return
  block.hasText = true
  const delta = { type, text }
  const base = { type: 'block-delta', candidate: 0, block: block.number, delta } as const
  const likely = Array.isArray(logprobs) ? decodeLogprobs(logprobs as readonly Json[]) : undefined
  events.push(likely === undefined ? base : { ...base, logprobs: likely })
}

export function closeOutput(output: Output, events: ChatEvent[]): void {
  for (const block of output.blocks.values()) closeBlock(block, events)
}

function closeBlock(block: Block | undefined, events: ChatEvent[]): void {
  if (block === undefined || !block.isOpen) return
  block.isOpen = false
  events.push({ type: 'block-end', candidate: 0, block: block.number })
}

function contentIndex(body: JsonObject): number {
  return asNumber(body['content_index']) ?? 0
}
