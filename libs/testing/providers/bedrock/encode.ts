import { EventStreamCodec } from '@smithy/eventstream-codec'
import type { Answer, Ending } from '../types.ts'

const stopReasons = {
  natural: 'end_turn',
  'stop-sequence': 'stop_sequence',
  length: 'max_tokens',
  'tool-call': 'tool_use',
} as const satisfies Record<Ending['type'], string>

/** The vendor's own framing, so that the gateway's is held to it. */
const codec = new EventStreamCodec(
  (bytes) => (typeof bytes === 'string' ? bytes : Buffer.from(bytes).toString('utf8')),
  (text) => Buffer.from(text),
)

/** `@aws-sdk/client-bedrock-runtime`, `ConverseResponse`. */
export function encodeConverse(answer: Answer): string {
  const message = { role: 'assistant', content: [block(answer)] }
  return JSON.stringify({
    metrics: { latencyMs: 451 },
    output: { message },
    stopReason: stopReasons[answer.ending.type],
    usage: usage(answer),
  })
}

/** The events of `ConverseStreamOutput`, each with the padding `p` that hides its length; no start for a text. */
export function* streamConverse(answer: Answer): Iterable<Buffer> {
  const call = answer.question.toolCall
  yield message('messageStart', { role: 'assistant' })
  if (call !== undefined) {
    const start = { toolUse: { name: call.name, toolUseId: toolUseId(answer) } }
    yield message('contentBlockStart', { contentBlockIndex: 0, start })
  }
  for (const delta of deltas(answer)) yield message('contentBlockDelta', { contentBlockIndex: 0, delta })
  yield message('contentBlockStop', { contentBlockIndex: 0 })
  yield message('messageStop', { stopReason: stopReasons[answer.ending.type] })
  yield message('metadata', { metrics: { latencyMs: 451 }, usage: usage(answer) })
}

const padding = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789'

export function message(type: string, members: object): Buffer {
  const body = JSON.stringify(members)
  const p = padding.slice(0, 1 + (body.length % padding.length))
  return frame('event', type, JSON.stringify({ ...members, p }))
}

export function exception(type: string, body: object): Buffer {
  return frame('exception', type, JSON.stringify(body))
}

export function frame(kind: 'event' | 'exception', type: string, body: string): Buffer {
  const text = (value: string) => ({ type: 'string' as const, value })
  const headers = {
    [`:${kind}-type`]: text(type),
    ':content-type': text('application/json'),
    ':message-type': text(kind),
  }
  return Buffer.from(codec.encode({ headers, body: Buffer.from(body) }))
}

function* deltas(answer: Answer): Iterable<object> {
  const call = answer.question.toolCall
  if (call === undefined) {
    for (const text of answer.pieces) yield { text }
    return
  }
  yield { toolUse: { input: '' } }
  for (const input of JSON.stringify(call.input).match(/.{1,12}/gsu) ?? []) yield { toolUse: { input } }
}

function block(answer: Answer): object {
  const call = answer.question.toolCall
  if (call === undefined) return { text: [...answer.pieces].join('') }
  return { toolUse: { input: call.input, name: call.name, toolUseId: toolUseId(answer) } }
}

function toolUseId(answer: Answer): string {
  return `tooluse_${answer.id}`
}

function usage(answer: Answer) {
  const { inputTokens } = answer.question
  const { outputTokens } = answer
  return {
    cacheReadInputTokens: 0,
    cacheWriteInputTokens: 0,
    inputTokens,
    outputTokens,
    totalTokens: inputTokens + outputTokens,
  }
}
