import { models, streamChunks } from './models.ts'

/** The same answers every time, as the bytes that go onto the socket: a completion of 1.3 KB, a stream of 51 chunks. */
export type Answers = {
  readonly whole: Buffer
  readonly stream: {
    readonly head: Buffer
    /** Each already framed as one HTTP chunk. */
    readonly chunks: readonly Buffer[]
    readonly end: Buffer
  }
}

const sentence = 'It is a queue that makes a gateway. '
const text = sentence.repeat(28)
const words = Array.from({ length: streamChunks - 1 }, (_, index) => ` word${index}`)

export function whole(status: string, body: object): Buffer {
  const json = JSON.stringify(body)
  const head = `HTTP/1.1 ${status}\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(json)}\r\n\r\n`
  return Buffer.from(head + json)
}

export function frames(texts: readonly string[]): Answers['stream'] {
  return {
    head: Buffer.from(
      'HTTP/1.1 200 OK\r\ncontent-type: text/event-stream; charset=utf-8\r\ncache-control: no-cache\r\ntransfer-encoding: chunked\r\n\r\n',
    ),
    chunks: texts.map((frame) => Buffer.from(`${Buffer.byteLength(frame).toString(16)}\r\n${frame}\r\n`)),
    end: Buffer.from('0\r\n\r\n'),
  }
}

const chunk = (model: string, choice: object) =>
  `data: ${JSON.stringify({
    id: 'chatcmpl-bench',
    object: 'chat.completion.chunk',
    created: 1_760_000_000,
    model,
    system_fingerprint: 'fp_bench',
    choices: [{ index: 0, logprobs: null, finish_reason: null, ...choice }],
  })}\n\n`

export const chatAnswers: Answers = {
  whole: whole('200 OK', {
    id: 'chatcmpl-bench',
    object: 'chat.completion',
    created: 1_760_000_000,
    model: models.chat,
    choices: [
      {
        index: 0,
        message: { role: 'assistant', content: text, refusal: null },
        logprobs: null,
        finish_reason: 'stop',
      },
    ],
    usage: { prompt_tokens: 12, completion_tokens: 240, total_tokens: 252 },
  }),
  stream: frames([
    chunk(models.chat, { delta: { role: 'assistant', content: '' } }),
    ...words.map((content) => chunk(models.chat, { delta: { content } })),
    chunk(models.chat, { delta: {}, finish_reason: 'stop' }),
    'data: [DONE]\n\n',
  ]),
}

const event = (type: string, members: object) =>
  `event: ${type}\ndata: ${JSON.stringify({ type, ...members })}\n\n`
const message = {
  id: 'msg_bench',
  type: 'message',
  role: 'assistant',
  model: models.messages,
  stop_sequence: null,
}

export const messagesAnswers: Answers = {
  whole: whole('200 OK', {
    ...message,
    content: [{ type: 'text', text }],
    stop_reason: 'end_turn',
    usage: { input_tokens: 12, output_tokens: 240 },
  }),
  stream: frames([
    event('message_start', {
      message: { ...message, content: [], stop_reason: null, usage: { input_tokens: 12, output_tokens: 1 } },
    }),
    event('content_block_start', { index: 0, content_block: { type: 'text', text: '' } }),
    ...words.map((word) =>
      event('content_block_delta', { index: 0, delta: { type: 'text_delta', text: word } }),
    ),
    event('content_block_stop', { index: 0 }),
    event('message_delta', {
      delta: { stop_reason: 'end_turn', stop_sequence: null },
      usage: { output_tokens: 50 },
    }),
    event('message_stop', {}),
  ]),
}

export const notFound = whole('404 Not Found', {
  error: { message: 'No such path here.', type: 'invalid_request_error' },
})
export const broken = whole('500 Internal Server Error', {
  error: { message: 'Broken on purpose.', type: 'server_error' },
})
