import type { CallerContext, Candidate, ChatResponse, Encoded, JsonObject, TapFacts } from '#contract'
import type { Draft } from '../../draft.ts'
import { warnOfForeign } from '../../foreign-extensions.ts'
import { asList, asNumber, asObject, asText } from '../../narrow.ts'
import { unknownMembers } from '../../unknown-members.ts'
import { malformedAnswer } from '../../upstream-error.ts'
import { createWarnings } from '../../warnings.ts'
import { echoed, encodeEcho } from './echo.ts'
import { decodeFailure } from './errors.ts'
import { responseId } from './item.ts'
import { decodeOutputItem, decodeOutputLogprobs, encodeOutput } from './output.ts'
import { decodeStopReason, encodeStopReason } from './stop-reason.ts'
import type { ResponsesAnswer } from './types.ts'
import { decodeUsage, encodeUsage } from './usage.ts'

const known: ReadonlySet<string> = new Set([
  ...echoed,
  ...['id', 'object', 'created_at', 'completed_at', 'status', 'error', 'incomplete_details'],
  ...['model', 'output', 'output_text', 'usage'],
])

/** Wire → canonical. Throws `upstream-failed` for what is no response, and what a failed one says. */
export function decodeResponse(body: JsonObject): ChatResponse {
  const output = asList(body['output'])
  if (asObject(body['error']) !== undefined || body['status'] === 'failed') throw decodeFailure(body['error'])
  if (output === undefined) throw malformedAnswer('it has no output')
  const candidate: Draft<Candidate> = {
    index: 0,
    parts: output.flatMap(decodeOutputItem),
    stopReason: stopReasonOf(body),
  }
  const logprobs = decodeOutputLogprobs(output)
  if (logprobs !== undefined) candidate.logprobs = logprobs
  const response: Draft<ChatResponse> = {
    id: asText(body['id']) ?? '',
    model: asText(body['model']) ?? '',
    candidates: [candidate],
  }
  const created = asNumber(body['created_at'])
  if (created !== undefined) response.createdAtSeconds = created
  const usage = asObject(body['usage'])
  if (usage !== undefined) response.usage = decodeUsage(usage)
  const serviceTier = asText(body['service_tier'])
  if (serviceTier !== undefined) response.serviceTier = serviceTier
  const unknown = unknownMembers(body, known)
  if (unknown !== undefined) response.extensions = { 'openai-responses': unknown }
  return response
}

/** Why a response ended; `calledTool` is told from its output. */
export function stopReasonOf(body: JsonObject) {
  const output = asList(body['output']) ?? []
  return decodeStopReason({
    status: asText(body['status']),
    reason: asText(asObject(body['incomplete_details'])?.['reason']),
    calledTool: output.some((item) => asObject(item)?.['type'] === 'function_call'),
  })
}

/** Canonical → wire. A response is one answer: further candidates are named in a warning. */
export function encodeResponse(response: ChatResponse, caller: CallerContext): Encoded {
  const warnings = createWarnings()
  const [candidate] = response.candidates
  for (const other of response.candidates.slice(1)) warnings.unsupported(`choices[${other.index}]`)
  const id = responseId(response.id, caller.requestId)
  const reason = encodeStopReason(candidate?.stopReason)
  const status = reason === undefined ? 'completed' : 'incomplete'
  const answer: ResponsesAnswer = {
    id,
    object: 'response',
    created_at: response.createdAtSeconds ?? caller.nowSeconds,
    status,
    error: null,
    incomplete_details: reason === undefined ? null : { reason },
    model: response.model === '' ? caller.model : response.model,
    output: encodeOutput(candidate?.parts ?? [], {
      responseId: id,
      status,
      logprobs: candidate?.logprobs,
      warnings,
    }),
    usage: encodeUsage(response.usage),
  }
  warnOfForeign(response.extensions, { own: 'openai-responses', warnings })
  warnOfForeign(candidate?.extensions, { own: 'openai-responses', warnings, path: 'choices[0].message.' })
  const tier = encodeServiceTier(response.serviceTier)
  if (tier === undefined && response.serviceTier !== undefined) warnings.unsupported('usage.service_tier')
  const echo = encodeEcho(caller.request, tier)
  const own = response.extensions?.['openai-responses']
  return { body: { ...answer, ...echo, ...own }, warnings: warnings.all() }
}

/** `Response.service_tier` (openai 7.57.0). */
const tiers: ReadonlySet<string> = new Set([
  ...['auto', 'default', 'flex', 'scale', 'priority', 'fast', 'ultrafast'],
])

/** Anthropic's and Google's `standard` is this wire's `default`; other words of theirs it does not know. */
function encodeServiceTier(tier: string | undefined): string | undefined {
  if (tier === 'standard') return 'default'
  return tier !== undefined && tiers.has(tier) ? tier : undefined
}

/** Facts of a whole native answer. */
export function tapResponse(body: JsonObject): TapFacts {
  const facts: Draft<TapFacts> = {}
  const id = asText(body['id'])
  if (id !== undefined && id !== '') facts.id = id
  const usage = asObject(body['usage'])
  if (usage !== undefined) facts.usage = decodeUsage(usage)
  const model = asText(body['model'])
  if (model !== undefined) facts.model = model
  const stopReason = stopReasonOf(body).raw
  if (stopReason !== null) facts.stopReason = stopReason
  return facts
}
