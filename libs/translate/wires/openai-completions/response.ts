import type { CallerContext, Candidate, ChatResponse, Encoded, Json, JsonObject } from '#contract'
import { warnOfForeign } from '../../foreign-extensions.ts'
import { createWarnings, type Warnings } from '../../warnings.ts'
import { encodeUsage } from '../openai-chat/usage.ts'
import { encodeLogprobs } from './logprobs.ts'
import { encodeStopReason } from './stop-reason.ts'

export { tapResponse } from '../openai-chat/response.ts'

/** Canonical → wire. */
export function encodeResponse(response: ChatResponse, caller: CallerContext): Encoded {
  const warnings = createWarnings()
  const body: Record<string, Json> = {
    id: response.id === '' ? `cmpl-${caller.requestId}` : response.id,
    object: 'text_completion',
    created: response.createdAtSeconds ?? caller.nowSeconds,
    model: response.model === '' ? caller.model : response.model,
    choices: response.candidates.map((candidate) => encodeChoice(candidate, warnings)),
  }
  if (response.usage !== undefined) body['usage'] = encodeUsage(response.usage)
  const fingerprint = response.extensions?.['openai-chat']?.['system_fingerprint']
  if (fingerprint !== undefined) body['system_fingerprint'] = fingerprint
  warnOfForeign(response.extensions, {
    own: 'openai-completions',
    warnings,
    // The vendor's chat and this API have it in common.
    carried: ['system_fingerprint'],
  })
  return { body, warnings: warnings.all() }
}

/** All texts are one text here. What is none has no place. */
function encodeChoice(candidate: Candidate, warnings: Warnings): JsonObject {
  warnOfForeign(candidate.extensions, { own: 'openai-completions', warnings })
  let text = ''
  for (const [position, part] of candidate.parts.entries()) {
    if (part.type === 'text' || part.type === 'refusal') text += part.text
    else warnings.unsupported(`content[${position}]`)
    if (part.type === 'text' && part.citations !== undefined) {
      warnings.unsupported(`content[${position}].citations`)
    }
  }
  return {
    text,
    index: candidate.index,
    logprobs: encodeLogprobs(candidate.logprobs, 0).json,
    finish_reason: encodeStopReason(candidate.stopReason),
  }
}
