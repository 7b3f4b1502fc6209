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
import { decodeLogprobs, decodeOutputItem, encodeOutput } from './output.ts'
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
  const logprobs = decodeLogprobs(output)
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
  const echo = encodeEcho(caller.request, response.serviceTier)
  const own = response.extensions?.['openai-responses']
  return { body: { ...answer, ...echo, ...own }, warnings: warnings.all() }
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
