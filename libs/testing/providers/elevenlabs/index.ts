import { createHash } from 'node:crypto'
import { isJsonObject, type JsonObject } from '#contract'
import { edgeHeaders } from '../edge-headers.ts'
import { withoutChat } from '../no-chat.ts'
import { simulatedBytes } from '../openai/media-answers.ts'
import { type FormPart, readForm } from '../openai/read-form.ts'
import { type PlainAnswer, type PlainApi, type PlainRequest, type Vendor, VendorError } from '../types.ts'

/*
 * ElevenLabs' speech and transcriptions by the types of its SDK (PyPI `elevenlabs` 2.78.0, text_to_speech/raw_client.py and its
 * types/, speech_to_text/raw_client.py): members that those do not name are refused. Errors have the shape of
 * https://elevenlabs.io/docs/eleven-api/resources/errors; their statuses and texts, that unknown members are refused, that a voice's
 * id has twenty characters and how a speed out of its range is refused are not verified.
 */

const words = (text: string) => text.split(' ')
/** Of `/stream`; without it there is WAV, too. */
const outputFormats =
  /^(?:mp3_(?:22050_32|24000_48|44100_(?:32|64|96|128|192))|pcm_(?:8000|16000|22050|24000|32000|44100|48000)|[ua]law_8000|opus_48000_(?:32|64|96|128|192))$/
const wav = /^wav_(?:8000|16000|22050|24000|32000|44100|48000)$/
const speechMembers = words(
  'text model_id language_code voice_settings pronunciation_dictionary_locators seed previous_text next_text previous_request_ids next_request_ids use_pvc_as_ivc apply_text_normalization apply_language_text_normalization audio_effects',
)
const transcriptionMembers = words(
  'model_id language_code secondary_language_codes numbers_format transcript_edit tag_audio_events num_speakers timestamps_granularity diarize diarization_threshold additional_formats file_format cloud_storage_url source_url webhook webhook_id temperature seed use_multi_channel multichannel_output_style webhook_metadata entity_detection no_verbatim use_speaker_library detect_speaker_roles entity_redaction entity_redaction_mode keyterms',
)

function refusal(status: number, code: string, message: string, param?: string): VendorError {
  const type = status === 401 ? 'authentication_error' : 'validation_error'
  return new VendorError({ status, type, code, message, ...(param !== undefined && { param }) })
}

const unknownPath = (_method: string, path: string) => refusal(404, 'not_found', `Not Found: ${path}`)

/** Voices are ids of twenty letters and digits. */
const speechPath = /^\/v1\/text-to-speech\/([A-Za-z0-9]{20})(?:\/stream)?$/

function apiAt(path: string): PlainApi | undefined {
  if (path.startsWith('/v1/text-to-speech/')) return { answer: speech }
  return path === '/v1/speech-to-text' ? { answer: transcription } : undefined
}

function speech(request: PlainRequest): PlainAnswer {
  if (!speechPath.test(request.path))
    throw refusal(404, 'voice_not_found', 'A voice was not found.', 'voice_id')
  const format = request.query.get('output_format') ?? 'mp3_44100_128'
  const isStreamed = request.path.endsWith('/stream')
  if (!outputFormats.test(format) && (isStreamed || !wav.test(format)))
    throw refusal(422, 'invalid_output_format', 'Input should be a format.', 'output_format')
  const body = readJson(request.body)
  const strange = Object.keys(body).find((name) => !speechMembers.includes(name))
  if (strange !== undefined) throw refusal(422, 'extra_forbidden', 'Extra inputs are not permitted', strange)
  const { text, model_id: model = 'eleven_multilingual_v2' } = body
  if (typeof text !== 'string' || text === '') throw refusal(422, 'missing', 'Field required', 'text')
  checkSpeed(body)
  checkModel(request, model)
  const contentType = format.startsWith('mp3')
    ? 'audio/mpeg'
    : format.startsWith('opus')
      ? 'audio/opus'
      : 'audio/pcm'
  const parts = simulatedBytes(`${format} ${text}`, text.length * 1_000)
  return { model: String(model), text, stream: false, contentType, parts }
}

function checkSpeed(body: JsonObject): void {
  const settings = body['voice_settings']
  if (settings === undefined) return
  const speed = isJsonObject(settings) ? settings['speed'] : undefined
  if (speed !== undefined && (typeof speed !== 'number' || speed < 0.7 || speed > 1.2)) {
    throw refusal(400, 'invalid_voice_settings', 'Speed must be between 0.7 and 1.2.', 'voice_settings.speed')
  }
}

function transcription(request: PlainRequest): PlainAnswer {
  const parts = readForm(request.body, request.headers['content-type'] ?? '')
  const file = parts.find(({ name, filename }) => name === 'file' && filename !== undefined)
  const fields = parts.filter((part) => part !== file)
  const strange = fields.find(({ name }) => !transcriptionMembers.includes(name))
  if (strange !== undefined)
    throw refusal(422, 'extra_forbidden', 'Extra inputs are not permitted', strange.name)
  if (file === undefined) throw refusal(422, 'missing', 'Field required', 'file')
  const model = fields.find(({ name }) => name === 'model_id')?.content.toString('utf8')
  if (model === undefined) throw refusal(422, 'missing', 'Field required', 'model_id')
  checkModel(request, model)
  const language = fields.find(({ name }) => name === 'language_code')?.content.toString('utf8') ?? 'eng'
  const text = describe(file)
  return {
    model,
    text,
    stream: false,
    contentType: 'application/json',
    parts: JSON.stringify(transcriptOf(text, language)),
  }
}

function checkModel({ knows }: PlainRequest, model: unknown): void {
  if (typeof model !== 'string' || !knows(model)) throw unknownModel(String(model))
}

const unknownModel = (model: string) =>
  refusal(400, 'model_not_found', `A model with model ID ${model} does not exist.`, 'model_id')

function describe({ content }: FormPart): string {
  return `size=${content.length} sha256=${createHash('sha256').update(content).digest('hex')}. The end.`
}

/** Two seconds of silence come last. */
function transcriptOf(text: string, language: string): object {
  const words = wordsOf(text)
  const about = { language_code: language, language_probability: 1, transcription_id: 'tr_simulated' }
  return { ...about, text, words, audio_duration_secs: (words.at(-1)?.end ?? 0) + 2 }
}

/** Half a second each, with what lies between them. */
function wordsOf(text: string): readonly { readonly end: number }[] {
  return text.split(' ').flatMap((word, index) => {
    const start = index * 0.5
    const said = {
      text: word,
      start,
      end: start + 0.4,
      type: 'word',
      speaker_id: 'speaker_0',
      logprob: -0.01,
    }
    return [said, { ...said, text: ' ', start: start + 0.4, end: start + 0.5, type: 'spacing' }]
  })
}

function readJson(body: Buffer): JsonObject {
  try {
    const value: unknown = JSON.parse(body.toString('utf8'))
    if (isJsonObject(value)) return value
  } catch {
    // Refused below, as the vendor refuses both.
  }
  throw refusal(422, 'json_invalid', 'JSON decode error')
}

export const elevenlabs: Vendor = {
  ...withoutChat(unknownPath),
  id: 'elevenlabs',
  authenticate(headers, accepts) {
    const key = headers['xi-api-key']
    if (typeof key !== 'string' || !accepts(key)) throw refusal(401, 'invalid_api_key', 'Invalid API key')
  },
  otherApi: apiAt,
  errorBody: (error, requestId) => {
    const { type, code, message, param } = error
    return JSON.stringify({ detail: { type, code, message, status: code, param, request_id: requestId } })
  },
  failure: ({ status, message = 'The system is busy.', retryAfterSeconds }) =>
    new VendorError({ status, type: 'system_error', code: 'system_busy', message, retryAfterSeconds }),
  unknownPath,
  unknownModel,
  wrongMethod: () => refusal(405, 'method_not_allowed', 'Method Not Allowed'),
  modelList: (models) => JSON.stringify(models.map((model) => ({ model_id: model, name: model }))),
  modelInfo: (model) => JSON.stringify({ model_id: model, name: model }),
  headers: (requestId) => ({ 'request-id': requestId, ...edgeHeaders }),
}
