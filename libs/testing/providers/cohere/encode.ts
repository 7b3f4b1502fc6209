import type { Answer, Ending } from '../types.ts'

const finishReasons = {
  natural: 'COMPLETE',
  'stop-sequence': 'STOP_SEQUENCE',
  length: 'MAX_TOKENS',
  'tool-call': 'TOOL_CALL',
} as const satisfies Record<Ending['type'], string>

const thought = 'The user wants an answer.'

/** An answer as the vendor prints it: `V2ChatResponse` of cohere-ai 8.1.0. */
export function encodeAnswer(answer: Answer): string {
  const { question } = answer
  const text = [...answer.pieces].join('')
  const content = [
    ...(question.thinks ? [{ type: 'thinking', thinking: thought }] : []),
    ...(question.toolCall ? [] : [{ type: 'text', text }]),
  ]
  return JSON.stringify({
    id: answerId(answer),
    message: {
      role: 'assistant',
      ...(question.toolCall && { tool_plan: plan(answer), tool_calls: [toolCall(answer)] }),
      ...(content.length > 0 && { content }),
      ...(question.cites !== undefined && text !== '' && { citations: [citation(answer, text)] }),
    },
    finish_reason: finishReasons[answer.ending.type],
    usage: usage(answer),
  })
}

/** The events of a streamed answer, `[DONE]` included. */
export function* streamAnswer(answer: Answer): Iterable<string> {
  const { question } = answer
  const message = { role: 'assistant', content: [], tool_plan: '', tool_calls: [], citations: [] }
  yield event('message-start', { id: answerId(answer), delta: { message } })
  let index = 0
  if (question.thinks) {
    yield* contentEvents(index, 'thinking', [thought])
    index += 1
  }
  if (question.toolCall) yield* toolEvents(answer)
  else yield* contentEvents(index, 'text', answer.pieces, (text) => citationEvents(answer, index, text))
  const delta = { finish_reason: finishReasons[answer.ending.type], usage: usage(answer) }
  yield event('message-end', { id: answerId(answer), delta })
  yield 'data: [DONE]\n\n'
}

function* contentEvents(
  index: number,
  type: 'text' | 'thinking',
  pieces: Iterable<string>,
  after: (text: string) => Iterable<string> = () => [],
): Iterable<string> {
  yield event('content-start', { index, delta: { message: { content: { type, [type]: '' } } } })
  let start = ''
  for (const piece of pieces) {
    if (start.length < 64) start += piece
    yield event('content-delta', { index, delta: { message: { content: { [type]: piece } } } })
  }
  yield* after(start)
  yield event('content-end', { index })
}

function* citationEvents(answer: Answer, contentIndex: number, text: string): Iterable<string> {
  if (answer.question.cites === undefined || text === '') return
  const citations = { ...citation(answer, text), content_index: contentIndex }
  yield event('citation-start', { index: 0, delta: { message: { citations } } })
  yield event('citation-end', { index: 0 })
}

function* toolEvents(answer: Answer): Iterable<string> {
  for (const piece of plan(answer).match(/\s*\S+/g) ?? []) {
    yield event('tool-plan-delta', { delta: { message: { tool_plan: piece } } })
  }
  const call = toolCall(answer)
  const opening = { ...call, function: { ...call.function, arguments: '' } }
  yield event('tool-call-start', { index: 0, delta: { message: { tool_calls: opening } } })
  for (const piece of call.function.arguments.match(/.{1,12}/gsu) ?? []) {
    const tool_calls = { function: { arguments: piece } }
    yield event('tool-call-delta', { index: 0, delta: { message: { tool_calls } } })
  }
  yield event('tool-call-end', { index: 0 })
}

export function event(type: string, body: object): string {
  return `event: ${type}\ndata: ${JSON.stringify({ type, ...body })}\n\n`
}

function answerId(answer: Answer): string {
  return `c14c80c3-18eb-4519-9460-${answer.id}`
}

function plan(answer: Answer): string {
  return `I will use the ${answer.question.toolCall?.name} tool.`
}

function toolCall(answer: Answer) {
  const call = answer.question.toolCall
  return {
    id: `${call?.name}_${answer.id}`,
    type: 'function',
    function: { name: call?.name, arguments: JSON.stringify(call?.input ?? {}) },
  }
}

/** Of the first eight characters, to the first document. */
function citation(answer: Answer, text: string) {
  const id = answer.question.cites
  const cited = text.slice(0, 8)
  const sources = [{ type: 'document', id, document: { id } }]
  return { start: 0, end: cited.length, text: cited, sources, type: 'TEXT_CONTENT' }
}

function usage(answer: Answer) {
  const { inputTokens } = answer.question
  return {
    billed_units: { input_tokens: inputTokens, output_tokens: answer.outputTokens },
    // The vendor's own instructions are counted and not billed.
    tokens: { input_tokens: inputTokens + 60, output_tokens: answer.outputTokens + 2 },
    cached_tokens: 0,
  }
}
