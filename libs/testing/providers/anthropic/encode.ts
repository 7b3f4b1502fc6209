import type { Answer, Ending } from '../types.ts'

const stopReasons = {
  natural: 'end_turn',
  'stop-sequence': 'stop_sequence',
  length: 'max_tokens',
  'tool-call': 'tool_use',
} as const satisfies Record<Ending['type'], string>

/** A message as the vendor prints it: `@anthropic-ai/sdk`, `resources/messages`, `Message`. */
export function encodeMessage(answer: Answer): string {
  return JSON.stringify(message(answer, { content: [block(answer)], ended: true }))
}

/**
 * The events of a streamed message, `message_stop` included; a `ping` follows the first block's start, as the vendor's
 * streaming page shows.
 */
export function* streamMessage(answer: Answer): Iterable<string> {
  yield event('message_start', { message: message(answer, { content: [], ended: false }) })
  yield event('content_block_start', { index: 0, content_block: emptyBlock(answer) })
  yield event('ping', {})
  for (const delta of deltas(answer)) yield event('content_block_delta', { index: 0, delta })
  yield event('content_block_stop', { index: 0 })
  yield event('message_delta', {
    delta: { ...stop(answer), stop_details: null, container: null },
    usage: {
      input_tokens: answer.question.inputTokens,
      cache_creation_input_tokens: 0,
      cache_read_input_tokens: 0,
      output_tokens: answer.outputTokens,
      output_tokens_details: null,
      server_tool_use: null,
    },
  })
  yield event('message_stop', {})
}

/** One named event. */
export function event(type: string, members: object): string {
  return `event: ${type}\ndata: ${JSON.stringify({ type, ...members })}\n\n`
}

function* deltas(answer: Answer): Iterable<object> {
  const call = answer.question.toolCall
  if (!call) {
    for (const text of answer.pieces) yield { type: 'text_delta', text }
    return
  }
  yield { type: 'input_json_delta', partial_json: '' }
  for (const piece of JSON.stringify(call.input).match(/.{1,12}/gsu) ?? []) {
    yield { type: 'input_json_delta', partial_json: piece }
  }
}

function message(answer: Answer, options: { readonly content: readonly object[]; readonly ended: boolean }) {
  return {
    model: answer.question.model,
    id: `msg_${answer.id}`,
    type: 'message',
    role: 'assistant',
    content: options.content,
    container: null,
    diagnostics: null,
    ...(options.ended ? stop(answer) : { stop_reason: null, stop_sequence: null }),
    stop_details: null,
    usage: {
      input_tokens: answer.question.inputTokens,
      cache_creation_input_tokens: 0,
      cache_read_input_tokens: 0,
      cache_creation: { ephemeral_5m_input_tokens: 0, ephemeral_1h_input_tokens: 0 },
      // The first event counts what has been written so far.
      output_tokens: options.ended ? answer.outputTokens : 1,
      output_tokens_details: null,
      server_tool_use: null,
      service_tier: 'standard',
      inference_geo: 'not_available',
      speed: null,
    },
  }
}

function stop(answer: Answer) {
  const { ending } = answer
  return {
    stop_reason: stopReasons[ending.type],
    stop_sequence: ending.type === 'stop-sequence' ? ending.sequence : null,
  }
}

function block(answer: Answer): object {
  const call = answer.question.toolCall
  if (!call) return { type: 'text', text: [...answer.pieces].join(''), citations: null }
  return { ...emptyBlock(answer), input: call.input }
}

function emptyBlock(answer: Answer): object {
  const call = answer.question.toolCall
  if (!call) return { type: 'text', text: '', citations: null }
  return {
    type: 'tool_use',
    id: `toolu_${answer.id}`,
    name: call.name,
    input: {},
    caller: { type: 'direct' },
  }
}
