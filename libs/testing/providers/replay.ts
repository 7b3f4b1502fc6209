import { readFile } from 'node:fs/promises'
import type { Behaviour } from './types.ts'

export type ReplayOptions = {
  /** Status of the recorded answer (200). */
  readonly status?: number
  /** Absent = told from the bytes: an event stream, else JSON. */
  readonly contentType?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly chunkDelayMs?: number
  readonly sliceBytes?: number
}

/** A behaviour that answers with a recorded body, its bytes untouched: one packet per event, or slices. */
export function replay(recorded: string | Buffer, options: ReplayOptions = {}): Behaviour {
  if (typeof recorded !== 'string') return replayMessages(recorded, options)
  const { status = 200, chunkDelayMs, sliceBytes } = options
  const looksLikeEvents = /^(?:data|event|id|:)/.test(recorded)
  const contentType =
    options.contentType ?? (looksLikeEvents ? 'text/event-stream; charset=utf-8' : 'application/json')
  return {
    raw: {
      status,
      headers: { 'content-type': contentType, ...options.headers },
      parts: splitEvents(recorded),
    },
    ...(chunkDelayMs !== undefined && { chunkDelayMs }),
    ...(sliceBytes !== undefined && { sliceBytes }),
  }
}

/** A binary event stream, one packet per message. */
function replayMessages(recorded: Buffer, options: ReplayOptions): Behaviour {
  const parts: string[] = []
  for (let at = 0; at < recorded.length; ) {
    const length = at + 4 <= recorded.length ? recorded.readUInt32BE(at) : 0
    const end = length === 0 ? recorded.length : at + length
    parts.push(recorded.toString('base64', at, Math.min(end, recorded.length)))
    at = end
  }
  const { raw: _raw, ...pace } = replay('', options)
  const contentType = options.contentType ?? 'application/vnd.amazon.eventstream'
  const headers = { 'content-type': contentType, ...options.headers }
  return { ...pace, raw: { status: options.status ?? 200, headers, parts, encoding: 'base64' } }
}

/** `replay` of a file: a raw `.sse` or `.json` fixture in UTF-8. */
export async function replayFile(path: string | URL, options: ReplayOptions = {}): Promise<Behaviour> {
  return replay(await readFile(path, 'utf8'), options)
}

/** Cuts behind every blank line; joined again the parts are the text. */
function splitEvents(text: string): readonly string[] {
  return text.split(/(?<=\n\r?\n)/).filter((part) => part !== '')
}
