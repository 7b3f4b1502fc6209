import type { Responses } from 'openai/resources/responses/responses'
import { isJsonObject, type Json, type JsonObject } from '#contract'
import type { Answer } from '../types.ts'
import { encryptedPrefix } from './read-input.ts'
import { reasons } from './read-request.ts'

/** A Response as it goes over the wire: `output_text` is the client's own. */
export type WireResponse = Omit<Responses.Response, 'output_text'> & { readonly store: boolean }

const reasoningTokens = 64

/** A response as the vendor prints it: indented. */
export function encodeResponse(answer: Answer): string {
  return `${JSON.stringify(wholeResponse(answer, [...outputItems(answer)]), null, 2)}\n`
}

export function responseId(answer: Answer): string {
  return `resp_${answer.id}`
}

/** The items of the answer, whole. */
export function* outputItems(answer: Answer): Iterable<Responses.ResponseOutputItem> {
  const reasoning = reasoningItem(answer)
  if (reasoning !== undefined) yield reasoning
  yield answer.question.toolCall === undefined ? messageItem(answer) : callItem(answer)
}

/** Models that reason think when they are asked for an effort or a summary. */
function reasoningItem(answer: Answer): Responses.ResponseReasoningItem | undefined {
  const { model } = answer.question
  const asked = requestOf(answer)
  const reasoning = isJsonObject(asked['reasoning']) ? asked['reasoning'] : undefined
  if (reasoning === undefined || reasoning['effort'] === 'none' || !reasons(model)) return undefined
  const include = asked['include']
  const wantsProof = Array.isArray(include) && include.includes('reasoning.encrypted_content')
  const wantsSummary = typeof reasoning['summary'] === 'string'
  return {
    id: `rs_${answer.id}`,
    type: 'reasoning',
    summary: wantsSummary ? [{ type: 'summary_text', text: '**Thinking of an answer**\n\nRepeat it.' }] : [],
    ...(wantsProof && { encrypted_content: `${encryptedPrefix}${answer.id}` }),
  }
}

function messageItem(answer: Answer): Responses.ResponseOutputMessage {
  return {
    id: `msg_${answer.id}`,
    type: 'message',
    status: answer.ending.type === 'length' ? 'incomplete' : 'completed',
    role: 'assistant',
    content: [{ type: 'output_text', annotations: [], logprobs: [], text: [...answer.pieces].join('') }],
  }
}

function callItem(answer: Answer): Responses.ResponseFunctionToolCall {
  const call = answer.question.toolCall
  return {
    id: `fc_${answer.id}`,
    type: 'function_call',
    status: 'completed',
    arguments: JSON.stringify(call?.input ?? {}),
    call_id: `call_${answer.id}`,
    name: call?.name ?? '',
  }
}

/** The response as it ends, with its items. */
export function wholeResponse(answer: Answer, output: readonly Responses.ResponseOutputItem[]): WireResponse {
  const isCut = answer.ending.type === 'length'
  const thought = output.some((item) => item.type === 'reasoning') ? reasoningTokens : 0
  const outputTokens = answer.outputTokens + thought
  return {
    ...begunResponse(answer),
    status: isCut ? 'incomplete' : 'completed',
    incomplete_details: isCut ? { reason: 'max_output_tokens' } : null,
    output: [...output],
    ...(!isCut && { completed_at: answer.createdAtSeconds }),
    usage: {
      input_tokens: answer.question.inputTokens,
      input_tokens_details: { cached_tokens: 0, cache_write_tokens: 0 },
      output_tokens: outputTokens,
      output_tokens_details: { reasoning_tokens: thought },
      total_tokens: answer.question.inputTokens + outputTokens,
    },
  }
}

/** The response as it begins: nothing of the answer, all of the request. */
export function begunResponse(answer: Answer): WireResponse {
  const asked = requestOf(answer)
  const or = <T extends Json>(name: string, fallback: T) => (asked[name] ?? fallback) as T
  const reasoning = isJsonObject(asked['reasoning']) ? asked['reasoning'] : {}
  const text = isJsonObject(asked['text']) ? asked['text'] : {}
  return {
    id: responseId(answer),
    object: 'response',
    created_at: answer.createdAtSeconds,
    status: 'in_progress',
    access_programs: null,
    background: or('background', false),
    error: null,
    incomplete_details: null,
    instructions: or<string | null>('instructions', null),
    max_output_tokens: or<number | null>('max_output_tokens', null),
    max_tool_calls: or<number | null>('max_tool_calls', null),
    metadata: or<JsonObject>('metadata', {}) as Record<string, string>,
    model: answer.question.model,
    output: [],
    parallel_tool_calls: or('parallel_tool_calls', true),
    previous_response_id: or<string | null>('previous_response_id', null),
    prompt_cache_key: or<string | null>('prompt_cache_key', null),
    reasoning: { effort: null, summary: null, ...reasoning },
    safety_identifier: or<string | null>('safety_identifier', null),
    service_tier: 'default',
    store: or('store', true),
    temperature: or('temperature', 1),
    text: { format: { type: 'text' }, verbosity: 'medium', ...text },
    tool_choice: or('tool_choice', 'auto') as Responses.Response['tool_choice'],
    tools: or<readonly Json[]>('tools', []) as unknown as Responses.Tool[],
    top_logprobs: or('top_logprobs', 0),
    top_p: or('top_p', 1),
    truncation: or<'auto' | 'disabled'>('truncation', 'disabled'),
  }
}

function requestOf(answer: Answer): JsonObject {
  return answer.question.request ?? {}
}
