import type {
  FormWriter,
  JsonObject,
  ProviderWire,
  TranscribedWord,
  TranscriptionRequest,
  TranscriptionResponse,
} from '#contract'
import type { Draft } from '../../draft.ts'
import { invalidRequest } from '../../invalid-request.ts'
import { asList, asNumber, asObject, asText } from '../../narrow.ts'
import { neverStreamed } from '../../never-streamed.ts'
import { peekUnary, spliceNothing } from '../../unary.ts'
import { malformedAnswer } from '../../upstream-error.ts'
import { createWarnings } from '../../warnings.ts'
import { encodeError } from '../openai-chat/errors.ts'
import { decodeError } from './errors.ts'

/*
 * ElevenLabs' speech to text. https://elevenlabs.io/docs/api-reference/speech-to-text/convert; PyPI `elevenlabs` 2.78.0,
 * speech_to_text/raw_client.py and types/speech_to_text_chunk_response_model.py
 */

const formWriter: FormWriter<TranscriptionRequest> = {
  encodeFields(part) {
    const warnings = createWarnings()
    const fields: (readonly [string, string])[] = []
    if (part.model !== undefined) fields.push(['model_id', part.model])
    if (part.language !== undefined) fields.push(['language_code', part.language])
    if (part.temperature !== undefined) fields.push(['temperature', String(part.temperature)])
    if (part.prompt) warnings.unsupported('prompt')
    for (const name of part.others ?? []) {
      if (name === 'stream') {
        throw invalidRequest(
          'stream',
          "stream: the model's provider answers with the whole text; leave it out.",
        )
      }
      warnings.unsupported(name)
    }
    return { fields, warnings: warnings.all() }
  },
}

function decodeResponse(body: JsonObject): TranscriptionResponse {
  const text = asText(body['text'])
  if (text === undefined) throw malformedAnswer('it has no text')
  const response: Draft<TranscriptionResponse> = { text, words: decodeWords(body) }
  const language = asText(body['language_code'])
  if (language !== undefined) response.language = language
  const duration = asNumber(body['audio_duration_secs'])
  if (duration !== undefined) response.durationSeconds = duration
  return response
}

/** What is said, and sounds that are named; `spacing` is what lies between them. */
function decodeWords(body: JsonObject): readonly TranscribedWord[] {
  return (asList(body['words']) ?? []).flatMap((item) => {
    const word = asObject(item)
    const [text, start, end] = [asText(word?.['text']), asNumber(word?.['start']), asNumber(word?.['end'])]
    if (text === undefined || start === undefined || end === undefined) return []
    return word?.['type'] === 'spacing' ? [] : [{ text, start, end }]
  })
}

export const elevenlabsTranscriptions: ProviderWire<TranscriptionRequest, TranscriptionResponse> = {
  ...neverStreamed,
  id: 'elevenlabs-transcriptions',
  operation: 'transcriptions',
  modelMember: 'model_id',
  formWriter,
  peek: peekUnary,
  nativeSplice: spliceNothing,
  encodeRequest: () => {
    throw invalidRequest('file', 'file: send the sound as a part of a multipart form.')
  },
  decodeResponse,
  tapResponse: () => ({}),
  decodeError,
  encodeError,
}
