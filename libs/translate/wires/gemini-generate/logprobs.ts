import { isDeepStrictEqual } from 'node:util'
import type { Json, JsonObject } from '#contract'
import { asList, asNumber, asObject, asText } from '../../narrow.ts'
import type { Warnings } from '../../warnings.ts'

/*
 * Log probabilities. The canonical form is the one of the chat completions API,
 * `{content: [{token, logprob, bytes, top_logprobs}], refusal}`; the vendor's is two lists, the chosen tokens and for
 * each of them the most probable ones (LogprobsResult, @google/genai 3.3.0). The numbers of tokens (`tokenId`) are its
 * models' own and have no place elsewhere. The vendor names no bytes: they are those of the token's text.
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
  const token = asText(candidate?.['token']) ?? ''
  return { token, logprob: asNumber(candidate?.['logProbability']) ?? 0, bytes: [...Buffer.from(token)] }
}

/** Tokens of another shape, of a refusal, and bytes that are not those of the token's text are named. */
export function encodeLogprobs(
  logprobs: Json,
  { path, warnings }: { readonly path: string; readonly warnings: Warnings },
): JsonObject | undefined {
  const content = asList(asObject(logprobs)?.['content'])
  if (content === undefined) {
    warnings.unsupported(path)
    return undefined
  }
  if (asList(asObject(logprobs)?.['refusal']) !== undefined) warnings.unsupported(`${path}.refusal`)
  if (!content.every(hasBytesOfText)) warnings.unsupported(`${path}.content.bytes`)
  return {
    topCandidates: content.map((each) => {
      const top = asList(asObject(each)?.['top_logprobs']) ?? []
      return { candidates: top.map(encodeToken) }
    }),
    chosenCandidates: content.map(encodeToken),
  }
}

/** A token that is a part of a character has bytes and no text of its own. */
function hasBytesOfText(value: Json): boolean {
  const token = asObject(value)
  const bytes = asList(token?.['bytes'])
  const ofText = [...Buffer.from(asText(token?.['token']) ?? '')]
  if (bytes !== undefined && !isDeepStrictEqual(bytes, ofText)) return false
  return (asList(token?.['top_logprobs']) ?? []).every(hasBytesOfText)
}

function encodeToken(value: Json): JsonObject {
  const token = asObject(value)
  return { token: asText(token?.['token']) ?? '', logProbability: asNumber(token?.['logprob']) ?? 0 }
}
