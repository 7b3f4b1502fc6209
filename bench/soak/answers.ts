import { type Answers, chatAnswers, frames, messagesAnswers, whole } from '../upstream/answers.ts'

/** What the upstream of a soak answers, by path: the benchmarks' answers, and those of the APIs that they do not ask. */
export function answersFor(target: string, mood: string): Answers {
  const path = target.split('?', 1)[0] ?? ''
  if (path.endsWith('/messages')) return mood === 'tools' ? messagesTools : messagesAnswers
  if (path.endsWith('/embeddings')) return embeddings
  if (path.includes('GenerateContent') || path.includes('generateContent')) return generated
  return mood === 'tools' ? chatTools : chatAnswers
}

const none: Answers['stream'] = frames([])
const data = (value: object) => `data: ${JSON.stringify(value)}\n\n`

const embeddings: Answers = {
  whole: whole('200 OK', {
    object: 'list',
    model: 'text-embedding-3-small',
    data: [
      { object: 'embedding', index: 0, embedding: Array.from({ length: 256 }, (_, at) => Math.sin(at) / 16) },
    ],
    usage: { prompt_tokens: 8, total_tokens: 8 },
  }),
  stream: none,
}

const usageMetadata = { promptTokenCount: 12, candidatesTokenCount: 24, totalTokenCount: 36 }
const candidate = (text: string, more: object = {}) => ({
  candidates: [{ index: 0, content: { role: 'model', parts: [{ text }] }, ...more }],
  modelVersion: 'gemini-2.5-flash',
  responseId: 'soak',
})
const sentence = 'A queue remembers who came first. '

const generated: Answers = {
  whole: whole('200 OK', {
    ...candidate(sentence.repeat(28), { finishReason: 'STOP' }),
    usageMetadata,
  }),
  stream: frames([
    ...Array.from({ length: 12 }, () => data(candidate(sentence))),
    data({ ...candidate('The end.', { finishReason: 'STOP' }), usageMetadata }),
  ]),
}

const toolArguments = JSON.stringify({ city: 'Bern', days: 3, notes: 'no "hurry"' })
const toolArgumentPieces = toolArguments.match(/.{1,8}/g) ?? []

const chunk = (choice: object) =>
  data({
    id: 'chatcmpl-soak',
    object: 'chat.completion.chunk',
    created: 1_760_000_000,
    model: 'gpt-4o-mini',
    choices: [{ index: 0, logprobs: null, finish_reason: null, ...choice }],
  })
const calling = { id: 'call_soak', type: 'function' }

const chatTools: Answers = {
  whole: whole('200 OK', {
    id: 'chatcmpl-soak',
    object: 'chat.completion',
    created: 1_760_000_000,
    model: 'gpt-4o-mini',
    choices: [
      {
        index: 0,
        message: {
          role: 'assistant',
          content: null,
          refusal: null,
          tool_calls: [{ ...calling, function: { name: 'weather', arguments: toolArguments } }],
        },
        logprobs: null,
        finish_reason: 'tool_calls',
      },
    ],
    usage: { prompt_tokens: 12, completion_tokens: 24, total_tokens: 36 },
  }),
  stream: frames([
    chunk({
      delta: {
        role: 'assistant',
        content: null,
        tool_calls: [{ index: 0, ...calling, function: { name: 'weather', arguments: '' } }],
      },
    }),
    ...toolArgumentPieces.map((piece) =>
      chunk({ delta: { tool_calls: [{ index: 0, function: { arguments: piece } }] } }),
    ),
    chunk({ delta: {}, finish_reason: 'tool_calls' }),
    'data: [DONE]\n\n',
  ]),
}

const event = (type: string, members: object) => `event: ${type}\n${data({ type, ...members })}`
const message = {
  id: 'msg_soak',
  type: 'message',
  role: 'assistant',
  model: 'claude-3-5-haiku-20241022',
  stop_sequence: null,
}
const toolUse = { type: 'tool_use', id: 'toolu_soak', name: 'weather' }

const messagesTools: Answers = {
  whole: whole('200 OK', {
    ...message,
    content: [{ ...toolUse, input: JSON.parse(toolArguments) }],
    stop_reason: 'tool_use',
    usage: { input_tokens: 12, output_tokens: 24 },
  }),
  stream: frames([
    event('message_start', {
      message: { ...message, content: [], stop_reason: null, usage: { input_tokens: 12, output_tokens: 1 } },
    }),
    event('content_block_start', { index: 0, content_block: { ...toolUse, input: {} } }),
    ...toolArgumentPieces.map((piece) =>
      event('content_block_delta', { index: 0, delta: { type: 'input_json_delta', partial_json: piece } }),
    ),
    event('content_block_stop', { index: 0 }),
    event('message_delta', {
      delta: { stop_reason: 'tool_use', stop_sequence: null },
      usage: { output_tokens: 24 },
    }),
    event('message_stop', {}),
  ]),
}
