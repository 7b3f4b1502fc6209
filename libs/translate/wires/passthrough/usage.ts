import type { Json, Usage } from '#contract'
import type { Draft } from '../../draft.ts'
import { asNumber, asObject } from '../../narrow.ts'

/**
 * `usage` of OpenAI's image and audio APIs: tokens of input and output, or the seconds of an audio (then nothing that is
 * counted here). `openai` 7.57.0, `ImagesResponse.Usage`, `Transcription.Tokens`, `SpeechAudioDoneEvent`.
 */
export function readUsage(value: Json | undefined): Usage | undefined {
  const raw = asObject(value)
  const inputTotal = asNumber(raw?.['input_tokens'])
  const outputTotal = asNumber(raw?.['output_tokens'])
  if (raw === undefined || (inputTotal === undefined && outputTotal === undefined)) return undefined
  const input: Draft<Usage['input']> = {}
  const output: Draft<Usage['output']> = {}
  if (inputTotal !== undefined) input.total = inputTotal
  const audio = asNumber(asObject(raw['input_token_details'])?.['audio_tokens'])
  if (audio !== undefined) input.audio = audio
  if (outputTotal !== undefined) output.total = outputTotal
  return { input, output, raw }
}
