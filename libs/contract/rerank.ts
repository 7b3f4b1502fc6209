import type { Extensions } from './chat.ts'
import type { JsonObject } from './json.ts'
import type { Usage } from './usage.ts'

/** What is ranked: a text, or a record of named fields. */
export type RerankDocument =
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'fields'; readonly fields: JsonObject }

/** A request to order documents by what they have to do with a query, on no vendor's wire. */
export type RerankRequest = {
  readonly model: string
  readonly query: string
  readonly documents: readonly RerankDocument[]
  /** How many of the best are wanted; absent = all. */
  readonly topN?: number
  /** Whether results bring their documents along; absent = as the provider does it. */
  readonly returnDocuments?: boolean
  /** The fields by which records are ranked, in their order; absent = all. */
  readonly rankFields?: readonly string[]
  /** Where longer documents are cut. */
  readonly maxTokensPerDocument?: number
  readonly extensions?: Extensions
}

export type RerankResult = {
  /** The document's place in the request. */
  readonly index: number
  readonly relevanceScore: number
  readonly document?: RerankDocument
}

export type RerankResponse = {
  /** The vendor's id of the answer, where it has one. */
  readonly id?: string
  /** The vendor's name of the model; absent where it says none. */
  readonly model?: string
  /** The best first. */
  readonly results: readonly RerankResult[]
  readonly usage?: Usage
  readonly extensions?: Extensions
}
