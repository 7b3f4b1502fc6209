import type { Answer, Ending } from '../types.ts'

const finishReasons = {
  natural: 'stop',
  'stop-sequence': 'stop',
  length: 'length',
  'tool-call': 'tool_calls',
} as const satisfies Record<Ending['type'], string>

const systemFingerprint = 'fp_51a0c3f2b7'

/** A chat completion as the vendor prints it: indented, `openai` package, `resources/chat/completions`, `ChatCompletion`. */
export function encodeCompletion(answer: Answer): string {
  const { question } = answer
  const text = [...answer.pieces].join('')
  const choices = Array.from({ length: question.candidates }, (_, index) => ({
    index,
    message: {
      role: 'assistant',
      content: question.toolCall ? null : text,
      ...(question.toolCall && { tool_calls: [toolCall(answer, index)] }),
      refusal: null,
      annotations: [],
    },
    logprobs: null,
    finish_reason: finishReasons[answer.ending.type],
  }))
  const completion = {
    id: `chatcmpl-${answer.id}`,
    object: 'chat.completion',
    created: answer.createdAtSeconds,
    model: question.model,
    choices,
    usage: usage(answer),
    service_tier: 'default',
    system_fingerprint: systemFingerprint,
  }
  return `${JSON.stringify(completion, null, 2)}\n`
}

/** The events of a streamed chat completion, `data: [DONE]` included. */
export function* streamCompletion(answer: Answer): Iterable<string> {
  const { question } = answer
  const head = chunkHead(answer)
  // With include_usage every chunk but the last carries `usage: null`.
  const usageMember = question.includeUsage ? ',"usage":null' : ''
  const event = (index: number, delta: object, finishReason: string | null): string => {
    const choice = JSON.stringify({ index, delta, logprobs: null, finish_reason: finishReason })
    return `data: ${head},"choices":[${choice}]${usageMember}${obfuscation(answer, choice.length)}}\n\n`
  }
  for (let index = 0; index < question.candidates; index++) {
    yield event(index, { role: 'assistant', content: question.toolCall ? null : '', refusal: null }, null)
  }
  for (const delta of deltas(answer)) {
    for (let index = 0; index < question.candidates; index++) yield event(index, delta(index), null)
  }
  for (let index = 0; index < question.candidates; index++) {
    yield event(index, {}, finishReasons[answer.ending.type])
  }
  if (question.includeUsage) {
    yield `data: ${head},"choices":[],"usage":${JSON.stringify(usage(answer))}${obfuscation(answer, 0)}}\n\n`
  }
  yield 'data: [DONE]\n\n'
}

type Delta = (candidate: number) => object

function* deltas(answer: Answer): Iterable<Delta> {
  const call = answer.question.toolCall
  if (!call) {
    for (const piece of answer.pieces) yield () => ({ content: piece })
    return
  }
  yield (candidate) => {
    const { id, type } = toolCall(answer, candidate)
    return { tool_calls: [{ index: 0, id, type, function: { name: call.name, arguments: '' } }] }
  }
  for (const piece of JSON.stringify(call.input).match(/.{1,12}/gsu) ?? []) {
    yield () => ({ tool_calls: [{ index: 0, function: { arguments: piece } }] })
  }
}

function chunkHead(answer: Answer): string {
  const head = {
    id: `chatcmpl-${answer.id}`,
    object: 'chat.completion.chunk',
    created: answer.createdAtSeconds,
    model: answer.question.model,
    service_tier: 'default',
    system_fingerprint: systemFingerprint,
  }
  return JSON.stringify(head).slice(0, -1)
}

const filler = 'kQ7dM2xVb9Lr4TzP'

/** The vendor pads chunks to hide their length; ours is deterministic. */
function obfuscation(answer: Answer, characters: number): string {
  if (!answer.question.includeObfuscation) return ''
  const length = filler.length - ((characters * 7) % filler.length)
  return `,"obfuscation":"${filler.slice(0, length)}"`
}

function toolCall(answer: Answer, candidate: number) {
  const call = answer.question.toolCall
  return {
    id: `call_${answer.id}${candidate}`,
    type: 'function',
    function: { name: call?.name, arguments: JSON.stringify(call?.input ?? {}) },
  }
}

export function usage(answer: Answer) {
  const outputTokens = answer.outputTokens * answer.question.candidates
  return {
    prompt_tokens: answer.question.inputTokens,
    completion_tokens: outputTokens,
    total_tokens: answer.question.inputTokens + outputTokens,
    prompt_tokens_details: { cached_tokens: 0, audio_tokens: 0 },
    completion_tokens_details: {
      reasoning_tokens: 0,
      audio_tokens: 0,
      accepted_prediction_tokens: 0,
      rejected_prediction_tokens: 0,
    },
  }
}
