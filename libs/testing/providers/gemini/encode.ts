import type { Answer, Ending } from '../types.ts'

const finishReasons = {
  natural: 'STOP',
  'stop-sequence': 'STOP',
  length: 'MAX_TOKENS',
  'tool-call': 'STOP',
} as const satisfies Record<Ending['type'], string>

/** A whole answer as the vendor prints it: indented, `GenerateContentResponse` of `@google/genai`. */
export function encodeAnswer(answer: Answer): string {
  const { question } = answer
  const candidates = Array.from({ length: question.candidates }, (_, index) => ({
    content: { parts: parts(answer), role: 'model' },
    finishReason: finishReasons[answer.ending.type],
    index,
  }))
  return `${JSON.stringify({ candidates, usageMetadata: usage(answer, true), ...tail(answer) }, null, 2)}\n`
}

/** The chunks of a stream, the last with the reason of every candidate; events or the items of one array. */
export function* streamAnswer(answer: Answer): Iterable<string> {
  const isArray = answer.question.streamFormat === 'json-array'
  let count = 0
  for (const chunk of chunks(answer)) {
    const text = JSON.stringify(chunk, null, isArray ? 2 : undefined)
    yield isArray ? `${count === 0 ? '[' : ',\r\n'}${text}` : `data: ${text}\r\n\r\n`
    count += 1
  }
  if (isArray) yield '\n]'
}

function* chunks(answer: Answer): Iterable<object> {
  const { question } = answer
  const all = (part: (index: number) => object) =>
    Array.from({ length: question.candidates }, (_, i) => part(i))
  const chunk = (list: readonly object[], isLast: boolean) => ({
    candidates: all((index) => ({
      content: { parts: list, role: 'model' },
      ...(isLast && { finishReason: finishReasons[answer.ending.type] }),
      index,
    })),
    usageMetadata: usage(answer, isLast),
    ...tail(answer),
  })
  if (question.toolCall) yield chunk(parts(answer), false)
  else for (const text of answer.pieces) yield chunk([{ text }], false)
  yield chunk([{ text: '' }], true)
}

function parts(answer: Answer): readonly object[] {
  const call = answer.question.toolCall
  if (!call) return [{ text: [...answer.pieces].join('') }]
  const thoughtSignature = Buffer.from(`signature of ${answer.id}`).toString('base64')
  return [{ functionCall: { name: call.name, args: call.input }, thoughtSignature }]
}

function usage(answer: Answer, isLast: boolean) {
  const { question } = answer
  const candidates = isLast ? answer.outputTokens * question.candidates : 0
  return {
    promptTokenCount: question.inputTokens,
    ...(candidates > 0 && { candidatesTokenCount: candidates }),
    totalTokenCount: question.inputTokens + candidates,
    promptTokensDetails: [{ modality: 'TEXT', tokenCount: question.inputTokens }],
  }
}

function tail(answer: Answer) {
  return { modelVersion: answer.question.model, responseId: answer.id }
}
