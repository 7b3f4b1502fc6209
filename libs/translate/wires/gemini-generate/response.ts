import type {
  AnswerContext,
  CallerContext,
  Candidate,
  ChatResponse,
  Encoded,
  Json,
  JsonObject,
  TapFacts,
} from '#contract'
import type { Draft } from '../../draft.ts'
import { warnOfForeign } from '../../foreign-extensions.ts'
import { asList, asNumber, asObject, asText } from '../../narrow.ts'
import { unknownMembers } from '../../unknown-members.ts'
import { malformedAnswer } from '../../upstream-error.ts'
import { createWarnings, type Warnings } from '../../warnings.ts'
import { decodeAnswerPart, encodeAnswerPart } from './answer-part.ts'
import { callIdOf } from './call-ids.ts'
import { decodeStreamError } from './errors.ts'
import { decodeLogprobs, encodeLogprobs } from './logprobs.ts'
import { blockedReason, decodeStopReason, encodeStopReason } from './stop-reason.ts'
import type { GeminiCandidate } from './types.ts'
import { decodeUsage, encodeUsage } from './usage.ts'

const known: ReadonlySet<string> = new Set(['candidates', 'usageMetadata', 'modelVersion', 'responseId'])
const knownOfCandidate: ReadonlySet<string> = new Set(['content', 'finishReason', 'index', 'logprobsResult'])

/** Wire → canonical. Throws `upstream-failed` for what is no answer. */
export function decodeResponse(body: JsonObject, _context?: AnswerContext): ChatResponse {
  const candidates = asList(body['candidates'])
  if (candidates === undefined && !isAnswer(body)) {
    if (body['error'] !== undefined) throw decodeStreamError(body)
    throw malformedAnswer('it has no candidates')
  }
  const id = asText(body['responseId']) ?? ''
  const response: Draft<ChatResponse> = {
    id,
    model: asText(body['modelVersion']) ?? '',
    candidates:
      candidates === undefined || candidates.length === 0
        ? [blockedCandidate(body)]
        : candidates.map((value, position) => decodeCandidate(value, position, id)),
  }
  const created = secondsOf(body['createTime'])
  if (created !== undefined) response.createdAtSeconds = created
  const usage = asObject(body['usageMetadata'])
  if (usage !== undefined) response.usage = decodeUsage(usage)
  const unknown = unknownMembers(body, known)
  if (unknown !== undefined) response.extensions = { 'gemini-generate': unknown }
  return response
}

/** Without candidates it is one if the prompt was blocked, or nothing was generated. */
function isAnswer(body: JsonObject): boolean {
  return asObject(body['promptFeedback']) !== undefined || asObject(body['usageMetadata']) !== undefined
}

function blockedCandidate(body: JsonObject): Candidate {
  const blockReason = asText(asObject(body['promptFeedback'])?.['blockReason'])
  const stopReason = blockReason === undefined ? decodeStopReason(null, false) : blockedReason(blockReason)
  return { index: 0, parts: [], stopReason }
}

/** RFC 3339 → seconds since 1970. */
export function secondsOf(value: Json | undefined): number | undefined {
  const milliseconds = Date.parse(asText(value) ?? '')
  return Number.isNaN(milliseconds) ? undefined : Math.floor(milliseconds / 1000)
}

function decodeCandidate(value: Json, position: number, responseId: string): Candidate {
  const object = asObject(value) ?? {}
  const index = asNumber(object['index']) ?? position
  const parts = (asList(asObject(object['content'])?.['parts']) ?? []).map((part, block) =>
    decodeAnswerPart(part, callIdOf(responseId, index, block)),
  )
  const calledTool = parts.some((part) => part.type === 'tool-call')
  const candidate: Draft<Candidate> = {
    index,
    parts,
    stopReason: decodeStopReason(asText(object['finishReason']) ?? null, calledTool),
  }
  const logprobs = decodeLogprobs(object['logprobsResult'])
  if (logprobs !== undefined) candidate.logprobs = logprobs
  const unknown = unknownMembers(object, knownOfCandidate)
  if (unknown !== undefined) candidate.extensions = { 'gemini-generate': unknown }
  return candidate
}

/** Canonical → wire. */
export function encodeResponse(response: ChatResponse, caller: CallerContext): Encoded {
  const warnings = createWarnings()
  const own = response.extensions?.['gemini-generate']
  const body: Record<string, Json | undefined> = {}
  if (!isBlocked(response)) {
    body['candidates'] = response.candidates.map((candidate) => encodeCandidate(candidate, warnings))
  }
  if (response.usage !== undefined) body['usageMetadata'] = encodeUsage(response.usage)
  body['modelVersion'] = response.model === '' ? caller.model : response.model
  body['responseId'] = response.id === '' ? caller.requestId : response.id
  warnOfForeign(response.extensions, { own: 'gemini-generate', warnings })
  return { body: own === undefined ? body : { ...body, ...own }, warnings: warnings.all() }
}

/** The vendor's own answer to a prompt that it blocked: it has feedback and no candidates. */
function isBlocked({ candidates, extensions }: ChatResponse): boolean {
  const blockReason = asText(asObject(extensions?.['gemini-generate']?.['promptFeedback'])?.['blockReason'])
  const [only] = candidates
  return blockReason !== undefined && only?.parts.length === 0 && only.stopReason.raw === blockReason
}

function encodeCandidate(candidate: Candidate, warnings: Warnings): JsonObject {
  const path = `candidates[${candidate.index}].`
  const parts: JsonObject[] = []
  for (const [position, part] of candidate.parts.entries()) {
    const encoded = encodeAnswerPart(part, `${path}content.parts[${position}]`, warnings)
    if (encoded !== undefined) parts.push(encoded)
  }
  const encoded: Draft<GeminiCandidate> = {
    content: { parts, role: 'model' },
    finishReason: encodeStopReason(candidate.stopReason),
    index: candidate.index,
  }
  if (candidate.logprobs !== undefined) {
    const logprobsResult = encodeLogprobs(candidate.logprobs, { path: `${path}logprobs`, warnings })
    if (logprobsResult !== undefined) encoded.logprobsResult = logprobsResult
  }
  warnOfForeign(candidate.extensions, { own: 'gemini-generate', warnings, path })
  return { ...encoded, ...candidate.extensions?.['gemini-generate'] }
}

/** Facts of a whole native answer. */
export function tapResponse(body: JsonObject): TapFacts {
  const facts: Draft<TapFacts> = {}
  const usage = asObject(body['usageMetadata'])
  if (usage !== undefined) facts.usage = decodeUsage(usage)
  const model = asText(body['modelVersion'])
  if (model !== undefined) facts.model = model
  const stopReason =
    asText(asObject(asList(body['candidates'])?.[0])?.['finishReason']) ??
    asText(asObject(body['promptFeedback'])?.['blockReason'])
  if (stopReason !== undefined) facts.stopReason = stopReason
  return facts
}
