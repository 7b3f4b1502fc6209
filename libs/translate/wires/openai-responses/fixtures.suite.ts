import { readFileSync } from 'node:fs'
import type { CallerContext, ChatEvent, JsonObject, StreamFrame } from '#contract'
import { asked, leastRequest } from '../../asked.suite.ts'
import { createSseDecoder } from '../../framing/sse.ts'
import { openaiResponses as wire } from './index.ts'

export const fixture = (name: string) => readFileSync(new URL(`./fixtures/${name}`, import.meta.url), 'utf8')
export const json = (name: string) => JSON.parse(fixture(name)) as JsonObject

export const caller: CallerContext = {
  request: leastRequest,
  requestId: 'r1',
  model: 'gpt-5.4-mini',
  streamUsage: true,
  nowSeconds: 1_700_000_000,
}

export const sseFrames = (bytes: string | Uint8Array): readonly StreamFrame[] => {
  const decoder = createSseDecoder()
  return [...decoder.push(Buffer.from(bytes)), ...decoder.end()]
}

export function decodeFrames(frames: readonly StreamFrame[]): readonly ChatEvent[] {
  const decoder = wire.createStreamDecoder(asked)
  const events = frames.flatMap((frame) => [...decoder.push(frame)])
  return [...events, ...decoder.end()]
}

export function encodeEvents(events: readonly ChatEvent[], context = caller) {
  const encoder = wire.createStreamEncoder(context)
  const frames = events.flatMap((event) => [...encoder.push(event)])
  return { frames, warnings: encoder.warnings().map(({ code, path }) => `${code}:${path}`) }
}

/** A whole frame of its type. */
export const frame = (body: JsonObject): StreamFrame => ({
  event: String(body['type']),
  data: JSON.stringify(body),
})
