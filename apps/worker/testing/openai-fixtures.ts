import assert from 'node:assert/strict'
import type { Frame, JobHeader } from '#contract'
import type { RecordingReply } from './fake-delivery.ts'

export const target = { provider: 'openai', model: 'gpt-4o-mini' }
export const body =
  '{"model":"openai/gpt-4o-mini", "temperature":1.0,"messages":[{"role":"user","content":"hi"}]}'
export const completion =
  '{"id":"chatcmpl-1","object":"chat.completion","created":1,"model":"gpt-4o-mini-2024", "choices":[{"index":0,"message":{"role":"assistant","content":"hello"},"finish_reason":"stop"}],"usage":{"prompt_tokens":3,"completion_tokens":2,"total_tokens":5},"n":1.0}'
export const streaming: Partial<JobHeader> = {
  peek: { model: 'gpt-4o-mini', stream: true, streamUsage: true, fallbacks: [] },
}
export const streamBody = '{"model":"gpt-4o-mini","stream":true,"messages":[{"role":"user","content":"hi"}]}'
export const delta = (content: string) =>
  `data: {"id":"chatcmpl-1","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{"content":"${content}"},"finish_reason":null}]}\n\n`
export const finish =
  'data: {"id":"chatcmpl-1","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\n'
export const usageChunk =
  'data: {"id":"chatcmpl-1","object":"chat.completion.chunk","created":1,"model":"m","choices":[],"usage":{"prompt_tokens":3,"completion_tokens":2,"total_tokens":5}}\n\n'
export const doneEvent = 'data: [DONE]\n\n'

type FrameOf<Type extends Frame['type']> = Extract<Frame, { type: Type }>

/** The one frame of a type; fails when there is none or more. */
export function only<Type extends Frame['type']>(reply: RecordingReply, type: Type): FrameOf<Type> {
  const found = reply.frames.filter((frame): frame is FrameOf<Type> => frame.type === type)
  const [frame] = found
  assert.equal(found.length, 1, `one ${type} frame, got ${JSON.stringify(reply.frames)}`)
  assert.ok(frame)
  return frame
}
