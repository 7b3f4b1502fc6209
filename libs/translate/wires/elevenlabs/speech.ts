import type { Encoded, JsonObject, ProviderWire, SpeechRequest, TargetContext } from '#contract'
import { warnOfForeign } from '../../foreign-extensions.ts'
import { invalidRequest } from '../../invalid-request.ts'
import { neverStreamed } from '../../never-streamed.ts'
import { peekUnary, spliceNothing } from '../../unary.ts'
import { malformedAnswer } from '../../upstream-error.ts'
import { createWarnings } from '../../warnings.ts'
import { encodeError } from '../openai-chat/errors.ts'
import { decodeError } from './errors.ts'

/*
 * ElevenLabs' text to speech, as sound that is sent while it is made: `/v1/text-to-speech/{voice_id}/stream`.
 * https://elevenlabs.io/docs/api-reference/text-to-speech/stream; PyPI `elevenlabs` 2.78.0, text_to_speech/raw_client.py and
 * text_to_speech/types/text_to_speech_stream_request_output_format.py (WAV is among the formats of whole answers alone)
 */

/** Formats by the caller's name of them; `pcm` is 24 kHz, 16 bits, little-endian at both. */
const outputFormats: ReadonlyMap<string, string> = new Map([
  ['mp3', 'mp3_44100_128'],
  ['opus', 'opus_48000_64'],
  ['pcm', 'pcm_24000'],
])

/** Said of the same voices in agents: https://elevenlabs.io/docs/eleven-agents/customization/voice/speed-control */
const [slowest, fastest] = [0.7, 1.2]

function encodeRequest(request: SpeechRequest, target: TargetContext): Encoded {
  const warnings = createWarnings()
  if (request.inEvents) {
    throw invalidRequest(
      'stream_format',
      "stream_format: the model's provider sends sound alone; leave it out.",
    )
  }
  const format = outputFormats.get(request.format ?? 'mp3')
  if (format === undefined) {
    const names = [...outputFormats.keys()].join(', ')
    throw invalidRequest(
      'response_format',
      `response_format: the model's provider makes ${names}; name one of them.`,
    )
  }
  const speed = request.speed === undefined ? undefined : Math.min(fastest, Math.max(slowest, request.speed))
  if (speed !== request.speed) warnings.changed('speed')
  if (request.instructions !== undefined) warnings.unsupported('instructions')
  warnOfForeign(request.extensions, { own: 'elevenlabs-speech', warnings })
  const body: JsonObject = {
    text: request.text,
    model_id: target.model,
    ...(speed !== undefined && { voice_settings: { speed } }),
  }
  const suffix = `/${encodeURIComponent(request.voice)}/stream?output_format=${format}`
  return { body, warnings: warnings.all(), suffix }
}

export const elevenlabsSpeech: ProviderWire<SpeechRequest, never> = {
  ...neverStreamed,
  id: 'elevenlabs-speech',
  operation: 'speech',
  modelMember: 'model_id',
  answersBytes: true,
  peek: peekUnary,
  nativeSplice: spliceNothing,
  encodeRequest,
  decodeResponse: () => {
    throw malformedAnswer('it is JSON where sound was asked for')
  },
  tapResponse: () => ({}),
  decodeError,
  encodeError,
}
