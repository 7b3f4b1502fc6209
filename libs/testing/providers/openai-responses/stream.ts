import type { Responses } from 'openai/resources/responses/responses'
import type { Answer } from '../types.ts'
import { begunResponse, outputItems, type WireResponse, wholeResponse } from './encode.ts'

type DistributiveOmit<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never
/** An event as the vendor's types have it; the response in it is as it goes over the wire, and it has no number yet. */
type Event =
  | DistributiveOmit<
      Exclude<Responses.ResponseStreamEvent, { response: Responses.Response }>,
      'sequence_number'
    >
  | {
      readonly type:
        | 'response.created'
        | 'response.in_progress'
        | 'response.completed'
        | 'response.incomplete'
      readonly response: WireResponse
    }

export function printEvent(event: { readonly type: string; readonly [member: string]: unknown }): string {
  return `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`
}

/** The events of a streamed response, numbered. */
export function* streamResponse(answer: Answer): Iterable<string> {
  let number = 0
  for (const event of events(answer)) {
    const isDelta = event.type.endsWith('.delta')
    const padding = isDelta && answer.question.includeObfuscation ? { obfuscation: 'kQ7dM2xVb9Lr4T' } : {}
    const { type, ...members } = event
    yield printEvent({ type, sequence_number: number, ...members, ...padding })
    number += 1
  }
}

function* events(answer: Answer): Iterable<Event> {
  yield { type: 'response.created', response: begunResponse(answer) }
  yield { type: 'response.in_progress', response: begunResponse(answer) }
  const output: Responses.ResponseOutputItem[] = []
  for (const item of outputItems(answer)) {
    yield* itemEvents(answer, item, output.length)
    output.push(item)
  }
  const response = wholeResponse(answer, output)
  yield { type: response.status === 'incomplete' ? 'response.incomplete' : 'response.completed', response }
}

function* itemEvents(
  answer: Answer,
  item: Responses.ResponseOutputItem,
  output_index: number,
): Iterable<Event> {
  switch (item.type) {
    case 'reasoning':
      yield { type: 'response.output_item.added', output_index, item: { ...item, summary: [] } }
      yield* summaryEvents(item, output_index)
      break
    case 'function_call': {
      yield {
        type: 'response.output_item.added',
        output_index,
        item: { ...item, status: 'in_progress', arguments: '' },
      }
      const at = { item_id: item.id ?? '', output_index }
      for (const delta of item.arguments.match(/.{1,12}/gsu) ?? []) {
        yield { type: 'response.function_call_arguments.delta', ...at, delta }
      }
      yield { type: 'response.function_call_arguments.done', ...at, arguments: item.arguments }
      break
    }
    case 'message':
      yield {
        type: 'response.output_item.added',
        output_index,
        item: { ...item, status: 'in_progress', content: [] },
      }
      yield* messageEvents(answer, item, output_index)
      break
    default:
      break
  }
  yield { type: 'response.output_item.done', output_index, item }
}

function* summaryEvents(item: Responses.ResponseReasoningItem, output_index: number): Iterable<Event> {
  for (const [summary_index, { type, text }] of item.summary.entries()) {
    const at = { item_id: item.id, output_index, summary_index }
    yield { type: 'response.reasoning_summary_part.added', ...at, part: { type, text: '' } }
    for (const delta of text.match(/\s*\S+|\s+$/g) ?? []) {
      yield { type: 'response.reasoning_summary_text.delta', ...at, delta }
    }
    yield { type: 'response.reasoning_summary_text.done', ...at, text }
    yield { type: 'response.reasoning_summary_part.done', ...at, part: { type, text } }
  }
}

function* messageEvents(
  answer: Answer,
  item: Responses.ResponseOutputMessage,
  output_index: number,
): Iterable<Event> {
  const [part] = item.content
  if (part?.type !== 'output_text') return
  const at = { item_id: item.id, output_index, content_index: 0 }
  yield { type: 'response.content_part.added', ...at, part: { ...part, text: '' } }
  for (const delta of answer.pieces) yield { type: 'response.output_text.delta', ...at, delta, logprobs: [] }
  yield { type: 'response.output_text.done', ...at, text: part.text, logprobs: [] }
  yield { type: 'response.content_part.done', ...at, part }
}
