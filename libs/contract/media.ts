import type { Extensions } from './chat.ts'
import type { Usage } from './usage.ts'

/** A text to be spoken, on no vendor's wire. The answer is sound, passed on as it comes. */
export type SpeechRequest = {
  readonly model: string
  readonly text: string
  /** The vendor's name or id of the voice. */
  readonly voice: string
  /** `mp3`, `opus`, `aac`, `flac`, `wav` or `pcm` (24 kHz, 16 bits, little-endian); absent = `mp3`. */
  readonly format?: string
  readonly speed?: number
  /** How it is to be spoken. */
  readonly instructions?: string
  /** True where the sound is asked for in events. */
  readonly inEvents?: true
  readonly extensions?: Extensions
}

/** A sound to be written down; of a form, so it becomes known field by field. */
export type TranscriptionRequest = {
  readonly model?: string
  readonly language?: string
  readonly prompt?: string
  readonly temperature?: number
  /** `json`, `text`, `srt`, `vtt`, `verbose_json`, …; absent = `json`. */
  readonly format?: string
  /** `word`, `segment`. */
  readonly granularities?: readonly string[]
  /** What was asked for beside: the caller's names of it. */
  readonly others?: readonly string[]
}

export type TranscribedWord = {
  readonly text: string
  /** Seconds. */
  readonly start: number
  readonly end: number
}

export type TranscriptionResponse = {
  readonly text: string
  readonly language?: string
  /** Of the sound; absent = the vendor does not say. */
  readonly durationSeconds?: number
  /** Words alone: no silence between them. */
  readonly words: readonly TranscribedWord[]
  readonly usage?: Usage
}

/** Pictures to be made of a text, on no vendor's wire. */
export type ImageRequest = {
  readonly model: string
  readonly prompt: string
  /** How many (`n`). */
  readonly count?: number
  readonly size?: { readonly width: number; readonly height: number }
  /** `png`, `jpeg`, `webp`. */
  readonly format?: string
  /** How the caller wants to have them; absent = whichever way they come. */
  readonly delivery?: 'url' | 'base64'
  readonly stream?: true
  readonly user?: string
  readonly extensions?: Extensions
}

export type ImageResponse = {
  readonly images: readonly (
    | { readonly kind: 'url'; readonly url: string }
    | { readonly kind: 'base64'; readonly data: string }
  )[]
  readonly createdAtSeconds?: number
  readonly usage?: Usage
}
