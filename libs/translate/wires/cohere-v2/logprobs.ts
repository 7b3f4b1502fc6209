import type { Json, JsonObject } from '#contract'
import { asList, asNumber, asObject, asText } from '../../narrow.ts'
import type { Warnings } from '../../warnings.ts'

/*
 * Log probabilities: `LogprobItem {text, token_ids, logprobs}` here (one item may hold several tokens), and in the
 * canonical model the shape of openai-chat, `{content: [{token, logprob, bytes, top_logprobs}], refusal}`. The
 * probability of several tokens together is the sum of their logarithms. Token ids have no neutral form.
 */

/** The vendor's items → the neutral shape; `undefined` when there is nothing to say. */
export function decodeLogprobs(items: readonly Json[]): Json | undefined {
  const content = items.flatMap((item) => decodeItem(asObject(item)))
  return content.length === 0 ? undefined : { content, refusal: null }
}

function decodeItem(item: JsonObject | undefined): readonly JsonObject[] {
  const token = asText(item?.['text'])
  const values = asList(item?.['logprobs'])?.map((value) => asNumber(value) ?? 0)
  if (token === undefined || values === undefined || values.length === 0) return []
  const logprob = values.reduce((sum, value) => sum + value, 0)
  return [{ token, logprob, bytes: [...Buffer.from(token)], top_logprobs: [] }]
}

/** Whether the neutral shape says less than the vendor's items. */
export function losesItems(items: readonly Json[]): boolean {
  return items.some((item) => {
    const ids = asList(asObject(item)?.['token_ids']) ?? []
    return ids.length > 0 || decodeItem(asObject(item)).length === 0 || valuesOf(item).length > 1
  })
}

const valuesOf = (item: Json) => asList(asObject(item)?.['logprobs']) ?? []

/** The neutral shape → the vendor's items, one for each token. */
export function encodeLogprobs(logprobs: Json, warnings: Warnings): readonly JsonObject[] {
  const content = asList(asObject(logprobs)?.['content']) ?? []
  const refused = asList(asObject(logprobs)?.['refusal']) ?? []
  const items = content.flatMap((value) => encodeToken(asObject(value)))
  if (items.length < content.length || refused.length > 0) warnings.unsupported('logprobs')
  else if (content.some((value) => saysMore(asObject(value)))) warnings.changed('logprobs')
  return items
}

/** The same in an event, which has one item: its tokens are the text together. */
export function encodeEventLogprobs(logprobs: Json, warnings: Warnings): JsonObject | undefined {
  const items = encodeLogprobs(logprobs, warnings)
  if (items.length < 2) return items[0]
  warnings.changed('logprobs')
  return {
    text: items.map(({ text }) => text).join(''),
    token_ids: [],
    logprobs: items.flatMap(valuesOf),
  }
}

function encodeToken(item: JsonObject | undefined): readonly JsonObject[] {
  const token = asText(item?.['token'])
  const logprob = asNumber(item?.['logprob'])
  return token === undefined || logprob === undefined
    ? []
    : [{ text: token, token_ids: [], logprobs: [logprob] }]
}

/** Other likely tokens, and bytes that are not the token's own (it is a part of a character), have no place here. */
function saysMore(item: JsonObject | undefined): boolean {
  const top = asList(item?.['top_logprobs']) ?? []
  const bytes = asList(item?.['bytes'])
  const own = Buffer.from(asText(item?.['token']) ?? '')
  return top.length > 0 || (bytes !== undefined && !own.equals(Buffer.from(bytes as number[])))
}
