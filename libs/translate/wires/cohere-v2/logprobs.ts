import type { Json, JsonObject } from '#contract'
import { asList, asNumber, asObject, asText } from '../../narrow.ts'

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

/** The neutral shape → the vendor's items. */
export function encodeLogprobs(logprobs: Json): readonly JsonObject[] {
  return (asList(asObject(logprobs)?.['content']) ?? []).flatMap((value) => {
    const token = asText(asObject(value)?.['token'])
    const logprob = asNumber(asObject(value)?.['logprob'])
    return token === undefined || logprob === undefined
      ? []
      : [{ text: token, token_ids: [], logprobs: [logprob] }]
  })
}
