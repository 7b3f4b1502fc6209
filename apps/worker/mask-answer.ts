import type { ProviderStreamFormat, StreamFrame } from '#contract'
import { createFrameDecoder, createFrameEncoder, maskSecrets } from '#translate'

/** One JSON string with its quotes. */
const jsonString = /"(?:[^"\\]|\\.)*"/g

/**
 * Masks what looks like a key in a provider's error answer, and `credential` itself wherever it stands. Only strings
 * that change are printed anew; every other byte stays as it came. `json` must be valid JSON.
 */
export function maskAnswer(json: Buffer, credential: string): Buffer {
  const text = json.toString('utf8')
  const masked = maskStrings(text, credential)
  return masked === text ? json : Buffer.from(masked)
}

/** A data line of an event: the field's name, and its value. */
const dataLine = /(?<=^|[\r\n])(\uFEFF?data:)([^\r\n]*)/g

/**
 * The same for an event of a stream that reports an error: only its data changes. Data that is no JSON is masked line
 * by line as plain text; a line of JSON never ends inside a string.
 */
export function maskErrorEvent(
  event: Uint8Array,
  credential: string,
  format: ProviderStreamFormat = 'sse',
): Uint8Array {
  return format === 'sse' ? maskTextEvent(event, credential) : maskFrames(event, credential, format)
}

/** A binary message is written anew where something in it changes: its lengths and checksums change with it. */
function maskFrames(event: Uint8Array, credential: string, format: ProviderStreamFormat): Uint8Array {
  const frames = createFrameDecoder(format).push(event)
  const masked = frames.map((frame): StreamFrame => {
    const maskData = isJson(frame.data) ? maskStrings : maskText
    return { ...frame, data: maskData(frame.data, credential) }
  })
  const changed = masked.some((frame, index) => frame.data !== frames[index]?.data)
  return changed ? createFrameEncoder(format).push(masked) : event
}

function maskTextEvent(event: Uint8Array, credential: string): Uint8Array {
  const text = Buffer.from(event.buffer, event.byteOffset, event.byteLength).toString('utf8')
  const data = Array.from(text.matchAll(dataLine), ([, , value]) => value)
  const maskLine = isJson(data.join('\n')) ? maskStrings : maskText
  const masked = text.replace(
    dataLine,
    (_line, name: string, value: string) => name + maskLine(value, credential),
  )
  return masked === text ? event : Buffer.from(masked)
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

function maskStrings(json: string, credential: string): string {
  return json.replace(jsonString, (literal) => {
    const value = JSON.parse(literal) as string
    const safe = maskText(value, credential)
    return safe === value ? literal : JSON.stringify(safe)
  })
}

function maskText(text: string, credential: string): string {
  return maskSecrets(credential === '' ? text : text.replaceAll(credential, '***'))
}
