import type { Json, JsonObject } from '#contract'
import { asList, asNumber, asObject, asText } from '../../narrow.ts'
import type { Warnings } from '../../warnings.ts'

/*
 * Log probabilities: the same lists as in the neutral form (openai-chat's), in two shapes (openai 7.57.0):
 *
 *   in a text          {token, bytes, logprob, top_logprobs: {token, bytes, logprob}[]}   ResponseOutputText.Logprob
 *   in a text's event  {token, logprob, top_logprobs: {token, logprob}[]}                 ResponseTextDeltaEvent.Logprob
 *
 * `bytes` is a list here, never null: where it was not said it is that of the token.
 */

/** What a provider says of the tokens of a text → the neutral shape; `undefined` when it says nothing. */
export function decodeLogprobs(content: readonly Json[]): Json | undefined {
  return content.length === 0 ? undefined : { content: content.map(decodeToken), refusal: null }
}

function decodeToken(value: Json): Json {
  const item = asObject(value)
  if (item === undefined) return value
  const { bytes: _bytes, top_logprobs: top, ...rest } = item
  return { ...rest, bytes: bytesOf(item), top_logprobs: (asList(top) ?? []).map(decodeTop) }
}

function decodeTop(value: Json): Json {
  const item = asObject(value)
  return item === undefined ? value : { ...item, bytes: bytesOf(item) }
}

/** The neutral shape → the items of a text. What was said of a refusal has no place here. */
export function encodeLogprobs(logprobs: Json | undefined, warnings: Warnings): readonly JsonObject[] {
  if (logprobs === undefined) return []
  const content = asList(asObject(logprobs)?.['content'])
  const refused = asList(asObject(logprobs)?.['refusal']) ?? []
  if (content === undefined || refused.length > 0) warnOfLogprobs(warnings)
  return (content ?? []).map((value) => {
    const top = asList(asObject(value)?.['top_logprobs']) ?? []
    return { ...encodeToken(value), top_logprobs: top.map(encodeToken) }
  })
}

export function warnOfLogprobs(warnings: Warnings): void {
  warnings.unsupported('choices[0].logprobs')
}

function encodeToken(value: Json): JsonObject {
  const item = asObject(value) ?? {}
  return { token: asText(item['token']) ?? '', logprob: asNumber(item['logprob']) ?? 0, bytes: bytesOf(item) }
}

/** The items of a text → those of its events. */
export function printEventLogprobs(items: readonly JsonObject[]): string {
  return items.length === 0 ? '[]' : JSON.stringify(items.map(withoutBytes))
}

function withoutBytes({ bytes: _bytes, top_logprobs: top, ...item }: JsonObject): JsonObject {
  const tops = (asList(top) ?? []).map((each) => ({
    token: asObject(each)?.['token'],
    logprob: asObject(each)?.['logprob'],
  }))
  return { ...item, top_logprobs: tops }
}

/** A token that is part of a character is written as its bytes: `\xf0\x9f`, by some models after `bytes:`. */
const rawBytes = /^(?:bytes:)?((?:\\x[0-9a-f]{2})+)$/i

function bytesOf(item: JsonObject): readonly Json[] {
  const said = asList(item['bytes'])
  if (said !== undefined) return said
  const token = asText(item['token']) ?? ''
  const raw = rawBytes.exec(token)?.[1]
  return raw === undefined ? [...Buffer.from(token)] : [...Buffer.from(raw.replaceAll('\\x', ''), 'hex')]
}
