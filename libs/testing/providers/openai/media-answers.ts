import type { Json, JsonObject } from '#contract'
import { countTokens } from '../answer.ts'
import type { PlainAnswer } from '../types.ts'

type Answered = Omit<PlainAnswer, 'model'>

const createdAtSeconds = 1_763_000_000

/** Bytes that look like nothing else and are the same each time. */
export function simulatedBytes(seed: string, length: number): Buffer {
  const bytes = Buffer.alloc(length)
  let state = seed.length + 1
  for (let index = 0; index < length; index += 1) {
    state = (Math.imul(state, 1_103_515_245) + 12_345 + seed.charCodeAt(index % seed.length)) >>> 0
    bytes[index] = state >>> 16
  }
  return bytes
}

const audioTypes: Readonly<Record<string, string>> = {
  mp3: 'audio/mpeg',
  opus: 'audio/opus',
  aac: 'audio/aac',
  flac: 'audio/flac',
  wav: 'audio/wav',
  pcm: 'audio/pcm',
}

/** A thousand bytes of sound for each character. */
export function speechAnswer(members: JsonObject): Answered {
  const text = String(members['input'])
  const audio = simulatedBytes(text, text.length * 1_000)
  const stream = members['stream_format'] === 'sse'
  if (!stream) {
    const contentType = audioTypes[String(members['response_format'] ?? 'mp3')] ?? 'audio/mpeg'
    return { text, stream, contentType, parts: audio }
  }
  const deltas = Array.from({ length: Math.ceil(audio.length / 4_096) }, (_, index) => ({
    type: 'speech.audio.delta',
    audio: audio.subarray(index * 4_096, (index + 1) * 4_096).toString('base64'),
  }))
  const done = { type: 'speech.audio.done', usage: usageOf(text, audio.length / 100) }
  return { text, stream, ...events([...deltas, done]) }
}

export function transcriptAnswer(
  text: string,
  options: { readonly format: string; readonly stream: boolean },
): Answered {
  const { format, stream } = options
  const usage = { ...usageOf('', text.length), input_token_details: { text_tokens: 0, audio_tokens: 14 } }
  if (stream) {
    const deltas = text.split(/(?= )/).map((delta) => ({ type: 'transcript.text.delta', delta }))
    return { text, stream, ...events([...deltas, { type: 'transcript.text.done', text, usage }]) }
  }
  switch (format) {
    case 'text':
      return { text, stream, contentType: 'text/plain; charset=utf-8', parts: `${text}\n` }
    case 'srt':
      return {
        text,
        stream,
        contentType: 'text/plain; charset=utf-8',
        parts: `1\n00:00:00,000 --> 00:00:01,000\n${text}\n\n`,
      }
    case 'vtt':
      return {
        text,
        stream,
        contentType: 'text/vtt; charset=utf-8',
        parts: `WEBVTT\n\n00:00:00.000 --> 00:00:01.000\n${text}\n`,
      }
    case 'verbose_json':
      return {
        text,
        stream,
        ...json({ task: 'transcribe', language: 'english', duration: 1, text, segments: [] }),
      }
    default:
      return { text, stream, ...json({ text, usage: { type: 'tokens', ...usage } }) }
  }
}

export function imageAnswer(event: string, text: string, members: JsonObject): Answered {
  const b64_json = Buffer.from(text).toString('base64')
  const usage = {
    ...usageOf(text, 100),
    input_tokens_details: { image_tokens: 0, text_tokens: countTokens(text.length) },
  }
  // A form's field is text.
  const stream = String(members['stream']) === 'true'
  if (!stream) {
    const data = Array.from({ length: Number(members['n'] ?? 1) }, () => ({ b64_json }))
    return { text, stream, ...json({ created: createdAtSeconds, data, usage }) }
  }
  const shape = {
    b64_json,
    created_at: createdAtSeconds,
    size: '1024x1024',
    quality: 'high',
    background: 'opaque',
    output_format: 'png',
  }
  const partial = Array.from({ length: Number(members['partial_images'] ?? 0) }, (_, index) => ({
    type: `${event}.partial_image`,
    partial_image_index: index,
    ...shape,
  }))
  return { text, stream, ...events([...partial, { type: `${event}.completed`, ...shape, usage }]) }
}

export function moderationAnswer(input: Json | undefined, model: string): Answered {
  const inputs = Array.isArray(input) ? input : [input ?? '']
  const results = inputs.map((one: Json) => ({
    flagged: JSON.stringify(one).includes('violence'),
    categories: { violence: JSON.stringify(one).includes('violence') },
    category_scores: { violence: JSON.stringify(one).includes('violence') ? 0.98 : 0.0001 },
    category_applied_input_types: { violence: ['text'] },
  }))
  return { text: JSON.stringify(input), stream: false, ...json({ id: 'modr-simulated', model, results }) }
}

function usageOf(input: string, output: number) {
  const input_tokens = countTokens(input.length)
  const output_tokens = countTokens(output)
  return { input_tokens, output_tokens, total_tokens: input_tokens + output_tokens }
}

function json(value: object): Pick<Answered, 'contentType' | 'parts'> {
  return { contentType: 'application/json', parts: `${JSON.stringify(value, null, 2)}\n` }
}

/** The vendor names its events and says the name again in them. */
function events(
  list: readonly (JsonObject & { readonly type: string })[],
): Pick<Answered, 'contentType' | 'parts'> {
  const parts = list.map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`)
  return { contentType: 'text/event-stream; charset=utf-8', parts }
}
