import type { CallerWire, Decoded, Json, JsonObject, SpeechRequest } from '#contract'
import type { Draft } from '../../draft.ts'
import { invalidRequest } from '../../invalid-request.ts'
import { asObject, asText } from '../../narrow.ts'
import { optionalNumber, optionalText, readModel, requiredText } from '../../request-members.ts'
import { unknownMembers } from '../../unknown-members.ts'

/** Source: npm package openai 7.57.0, resources/audio/speech.d.ts, SpeechCreateParams. */
const known: ReadonlySet<string> = new Set([
  ...['model', 'input', 'voice', 'instructions', 'response_format', 'speed', 'stream_format', 'fallbacks'],
])

function decodeRequest(body: JsonObject): Decoded<SpeechRequest> {
  const request: Draft<SpeechRequest> = {
    model: readModel(body),
    text: requiredText(body, 'input'),
    voice: readVoice(body['voice']),
  }
  const format = optionalText(body, 'response_format')
  if (format !== undefined) request.format = format
  const speed = optionalNumber(body, 'speed')
  if (speed !== undefined) request.speed = speed
  const instructions = optionalText(body, 'instructions')
  if (instructions) request.instructions = instructions
  if (optionalText(body, 'stream_format') === 'sse') request.inEvents = true
  const unknown = unknownMembers(body, known)
  if (unknown !== undefined) request.extensions = { 'openai-speech': unknown }
  return { request, warnings: [] }
}

/** A name, or `{ id }` of a voice of the caller's own. */
function readVoice(value: Json | undefined): string {
  const voice = asText(value) ?? asText(asObject(value)?.['id'])
  if (voice !== undefined && voice.trim() !== '') return voice
  throw invalidRequest('voice', 'voice must be the name of a voice, or {"id": "…"}.', 'invalid_type')
}

/** What of OpenAI's speech crosses: the request; the answer is sound. */
export const speech: Pick<CallerWire<SpeechRequest, never>, 'decodeRequest'> = { decodeRequest }
