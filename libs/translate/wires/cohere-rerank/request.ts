import type { Decoded, Encoded, Json, JsonObject, RerankRequest, TargetContext } from '#contract'
import { warnOfForeign } from '../../foreign-extensions.ts'
import { printDocuments } from '../../rerank/print-document.ts'
import { readCommon, readCount } from '../../rerank/request.ts'
import { setMember } from '../../set-member.ts'
import { unknownMembers } from '../../unknown-members.ts'
import { createWarnings } from '../../warnings.ts'

/*
 * Source: npm package cohere-ai 8.1.0, api/resources/v2/client/requests/V2RerankRequest.d.ts. `return_documents` is a member
 * in cohere-ai 7.17.1 and no more in 8.1.0: callers may send it, and results bring their documents; providers are not asked.
 */
const known: ReadonlySet<string> = new Set([
  ...['model', 'query', 'documents', 'top_n', 'return_documents', 'max_tokens_per_doc', 'fallbacks'],
])

/** Wire → canonical. `priority` orders a queue of the vendor's and is an extension. */
export function decodeRequest(body: JsonObject): Decoded<RerankRequest> {
  const request = readCommon(body)
  const topN = readCount(body, 'top_n')
  if (topN !== undefined) request.topN = topN
  const unknown = unknownMembers(body, known)
  if (unknown !== undefined) request.extensions = { 'cohere-rerank': unknown }
  return { request, warnings: [] }
}

/** Canonical → wire. */
export function encodeRequest(request: RerankRequest, target: TargetContext): Encoded {
  const warnings = createWarnings()
  const body: Record<string, Json> = {
    model: target.model,
    query: request.query,
    documents: printDocuments(request, warnings),
  }
  if (request.topN !== undefined) body['top_n'] = request.topN
  if (request.maxTokensPerDocument !== undefined) body['max_tokens_per_doc'] = request.maxTokensPerDocument
  warnOfForeign(request.extensions, { own: 'cohere-rerank', warnings })
  for (const [name, value] of Object.entries(request.extensions?.['cohere-rerank'] ?? {})) {
    if (value !== undefined) setMember(body, name, value)
  }
  return { body, warnings: warnings.all() }
}
