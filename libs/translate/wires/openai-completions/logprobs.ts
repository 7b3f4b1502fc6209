import type { Json, JsonObject } from '#contract'
import { asList, asNumber, asObject, asText } from '../../narrow.ts'

/**
 * The neutral shape of log probabilities (openai-chat's, a list of tokens) as this wire's (lists side by side; openai
 * 7.57.0, CompletionChoice.Logprobs). `offset` counts the characters of the answer before these tokens.
 */
export function encodeLogprobs(
  logprobs: Json | undefined,
  offset: number,
): { readonly json: JsonObject | null; readonly offset: number } {
  const content = asList(asObject(logprobs)?.['content'])
  if (content === undefined) return { json: null, offset }
  let at = offset
  const offsets: number[] = []
  const tokens: string[] = []
  const values: (number | null)[] = []
  const tops: JsonObject[] = []
  for (const item of content.map(asObject)) {
    const token = asText(item?.['token']) ?? ''
    offsets.push(at)
    tokens.push(token)
    values.push(asNumber(item?.['logprob']) ?? null)
    tops.push(topOf(asList(item?.['top_logprobs']) ?? []))
    at += token.length
  }
  return {
    json: { text_offset: offsets, token_logprobs: values, tokens, top_logprobs: tops },
    offset: at,
  }
}

function topOf(list: readonly Json[]): JsonObject {
  return Object.fromEntries(
    list.map((value) => {
      const item = asObject(value)
      return [asText(item?.['token']) ?? '', asNumber(item?.['logprob']) ?? null]
    }),
  )
}
