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
export function replay(recorded: string, options: ReplayOptions = {}): Behaviour {
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

/** `replay` of a file: a raw `.sse` or `.json` fixture in UTF-8. */
export async function replayFile(path: string | URL, options: ReplayOptions = {}): Promise<Behaviour> {
  return replay(await readFile(path, 'utf8'), options)
}

/** Cuts behind every blank line; joined again the parts are the text. */
function splitEvents(text: string): readonly string[] {
  return text.split(/(?<=\n\r?\n)/).filter((part) => part !== '')
}
