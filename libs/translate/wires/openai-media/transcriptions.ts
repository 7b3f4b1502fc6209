import type {
  CallerContext,
  CallerWire,
  Encoded,
  Json,
  TranscriptionRequest,
  TranscriptionResponse,
} from '#contract'
import { invalidRequest } from '../../invalid-request.ts'
import { createWarnings, type Warnings } from '../../warnings.ts'
import { srtOf, vttOf } from './cues.ts'

/** Source: npm package openai 7.57.0, resources/audio/transcriptions.d.ts, TranscriptionCreateParams. */
function decodeField(name: string, value: string): Partial<TranscriptionRequest> {
  switch (name) {
    case 'model':
      return { model: value }
    case 'language':
      return { language: value }
    case 'prompt':
      return { prompt: value }
    case 'response_format':
      return { format: value }
    case 'temperature':
      return { temperature: readNumber(name, value) }
    case 'timestamp_granularities[]':
      return { granularities: [value] }
    case 'stream':
      return value === 'true' ? { others: [name] } : {}
    default:
      return { others: [name] }
  }
}

function readNumber(name: string, value: string): number {
  const number = Number(value)
  if (value.trim() !== '' && Number.isFinite(number)) return number
  throw invalidRequest(name, `${name} must be a number.`, 'invalid_type')
}

function encodeResponse(
  response: TranscriptionResponse,
  caller: CallerContext<TranscriptionRequest>,
): Encoded {
  const { format = 'json' } = caller.request
  const { text, words } = response
  const warnings = createWarnings()
  const asText = (contentType: string, written: string): Encoded => ({
    body: {},
    warnings: [],
    text: { contentType, text: written },
  })
  switch (format) {
    case 'text':
      return asText('text/plain; charset=utf-8', `${text}\n`)
    case 'srt':
      return asText('text/plain; charset=utf-8', srtOf(words))
    case 'vtt':
      return asText('text/vtt; charset=utf-8', vttOf(words))
    case 'verbose_json':
      return { body: encodeVerbose(response, caller.request, warnings), warnings: warnings.all() }
    default:
      if (format !== 'json') warnings.unsupported('response_format')
      return { body: { text }, warnings: warnings.all() }
  }
}

/** `segments` would need figures of the model that no other vendor tells; the vendor's type does without them. */
function encodeVerbose(
  { text, language, words, durationSeconds }: TranscriptionResponse,
  { granularities }: TranscriptionRequest,
  warnings: Warnings,
) {
  if (granularities?.includes('word') !== true || granularities.includes('segment')) {
    warnings.unsupported('timestamp_granularities[]')
  }
  const body: Record<string, Json> = {
    task: 'transcribe',
    language: language ?? '',
    duration: durationSeconds ?? words.at(-1)?.end ?? 0,
    text,
  }
  if (granularities?.includes('word')) {
    body['words'] = words.map((word) => ({ word: word.text, start: word.start, end: word.end }))
  }
  return body
}

/** What of OpenAI's transcriptions crosses. */
export const transcriptions: Pick<
  CallerWire<TranscriptionRequest, TranscriptionResponse>,
  'formReader' | 'encodeResponse'
> = { formReader: { decodeField }, encodeResponse }
