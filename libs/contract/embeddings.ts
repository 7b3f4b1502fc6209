import type { Extensions, Source } from './chat.ts'
import type { Usage } from './usage.ts'

/** What is turned into one vector: a text, a text already cut into the model's tokens, or text and images together. */
export type EmbeddingInput =
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'tokens'; readonly tokens: readonly number[] }
  | { readonly type: 'parts'; readonly parts: readonly EmbeddingPart[] }

export type EmbeddingPart =
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'image'; readonly source: Source }

/** What the vectors are for; models that were trained for it make different ones. */
export const embeddingPurposes = [
  'search-document',
  'search-query',
  'classification',
  'clustering',
  'similarity',
  'question-answering',
  'fact-verification',
  'code-query',
] as const
export type EmbeddingPurpose = (typeof embeddingPurposes)[number]

/** How the numbers of a vector are written. `base64` is little-endian 32-bit floats. */
export type EmbeddingEncoding = 'float' | 'base64' | 'int8' | 'uint8' | 'binary' | 'ubinary'

/** A request for vectors on no vendor's wire. */
export type EmbeddingRequest = {
  readonly model: string
  readonly inputs: readonly EmbeddingInput[]
  /** Where each input stood in the caller's request, for warnings and errors, for example `input[1]`. */
  readonly inputPaths: readonly string[]
  /** In the caller's order; the first is the one that a wire with a single encoding answers in. */
  readonly encodings: readonly EmbeddingEncoding[]
  readonly dimensions?: number
  readonly purpose?: EmbeddingPurpose
  readonly title?: string
  /** What becomes of an input that is too long: refused, or cut at one end. */
  readonly truncate?: 'none' | 'start' | 'end'
  readonly user?: string
  readonly extensions?: Extensions
}

/** Vectors, one per input, in each encoding that the provider was asked for. */
export type EmbeddingResponse = {
  /** The vendor's id of the answer, where it has one. */
  readonly id?: string
  /** The vendor's name of the model; absent where it says none. */
  readonly model?: string
  readonly vectors: {
    readonly [encoding in Exclude<EmbeddingEncoding, 'base64'>]?: readonly (readonly number[])[]
  }
  readonly usage?: Usage
  readonly extensions?: Extensions
}
