import type { Json, JsonObject } from '#contract'
import { asList, asNumber, asObject, asText } from '../../narrow.ts'

/*
 * Log probabilities. The canonical form is the one of the chat completions API,
 * `{content: [{token, logprob, bytes, top_logprobs}], refusal}`; the vendor's is two lists, the chosen tokens and for
 * each of them the most probable ones (LogprobsResult, @google/genai 3.3.0). The numbers of tokens (`tokenId`) are its
 * models' own and have no place elsewhere.
 */

export function decodeLogprobs(result: Json | undefined): Json | undefined {
  const object = asObject(result)
  const chosen = asList(object?.['chosenCandidates'])
  if (chosen === undefined) return undefined
  const top = asList(object?.['topCandidates']) ?? []
  const content = chosen.map((candidate, index): JsonObject => {
    const others = asList(asObject(top[index])?.['candidates']) ?? []
    return { ...decodeToken(candidate), top_logprobs: others.map(decodeToken) }
  })
  return { content, refusal: null }
}

function decodeToken(value: Json): JsonObject {
  const candidate = asObject(value)
  return {
    token: asText(candidate?.['token']) ?? '',
    logprob: asNumber(candidate?.['logProbability']) ?? 0,
    bytes: null,
  }
}

/** `undefined` for what is not in the canonical form. */
export function encodeLogprobs(logprobs: Json | undefined): JsonObject | undefined {
  const content = asList(asObject(logprobs)?.['content'])
  if (content === undefined) return undefined
  return {
    topCandidates: content.map((each) => {
      const top = asList(asObject(each)?.['top_logprobs']) ?? []
      return { candidates: top.map(encodeToken) }
    }),
    chosenCandidates: content.map(encodeToken),
  }
}

function encodeToken(value: Json): JsonObject {
  const token = asObject(value)
  return { token: asText(token?.['token']) ?? '', logProbability: asNumber(token?.['logprob']) ?? 0 }
}
