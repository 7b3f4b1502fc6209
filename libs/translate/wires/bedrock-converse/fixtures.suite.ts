import { readFileSync } from 'node:fs'
import { EventStreamCodec } from '@smithy/eventstream-codec'
import type { JsonObject } from '#contract'

const codec = new EventStreamCodec(
  (bytes) => (typeof bytes === 'string' ? bytes : Buffer.from(bytes).toString('utf8')),
  (text) => Buffer.from(text),
)

export function readText(name: string): string {
  return readFileSync(new URL(`./fixtures/${name}`, import.meta.url), 'utf8')
}

export function readJson(name: string): JsonObject {
  return JSON.parse(readText(name)) as JsonObject
}

type Line = { readonly event: string; readonly data: JsonObject; readonly exception?: true }

/** A stream's messages as the vendor's own codec writes them. */
export function readStream(name: string, lines: { readonly until?: number } = {}): Buffer {
  const text = (value: string) => ({ type: 'string' as const, value })
  const messages = readText(name)
    .trim()
    .split('\n')
    .slice(0, lines.until)
    .map((line) => {
      const { event, data, exception } = JSON.parse(line) as Line
      const kind = exception === true ? 'exception' : 'event'
      const headers = {
        [`:${kind}-type`]: text(event),
        ':content-type': text('application/json'),
        ':message-type': text(kind),
      }
      return codec.encode({ headers, body: Buffer.from(JSON.stringify(data)) })
    })
  return Buffer.concat(messages)
}
