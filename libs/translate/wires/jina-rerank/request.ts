import type {
  Decoded,
  Encoded,
  Json,
  JsonObject,
  RerankDocument,
  RerankRequest,
  TargetContext,
} from '#contract'
import { warnOfForeign } from '../../foreign-extensions.ts'
import { asList, asObject } from '../../narrow.ts'
import { optionalTexts } from '../../request-members.ts'
import { documentObject, isRecord, printDocuments } from '../../rerank/print-document.ts'
import { readCommon, readCount } from '../../rerank/request.ts'
import { setMember } from '../../set-member.ts'
import { unknownMembers } from '../../unknown-members.ts'
import { createWarnings } from '../../warnings.ts'

/*
 * What the servers of this API know: npm `together-ai` 0.52.0 (resources/rerank.d.ts), npm `@openrouter/sdk` 1.3.19
 * (models/operations/creatererank.d.ts) and vLLM's `RerankRequest` (vllm-project/vllm at 5315868,
 * entrypoints/pooling/scoring/protocol.py), of which `top_n` 0 is "all". `max_tokens_per_doc` is vLLM's and Cohere's,
 * `rank_fields` Together's. Of Jina itself no published types were found; its members are taken from others' descriptions of
 * https://api.jina.ai/v1/rerank (api-evangelist/jina-ai at 909f312).
 */
const known: ReadonlySet<string> = new Set([
  ...['model', 'query', 'documents', 'top_n', 'return_documents', 'rank_fields', 'max_tokens_per_doc'],
  'fallbacks',
])

/** Wire → canonical. */
export function decodeRequest(body: JsonObject): Decoded<RerankRequest> {
  const request = readCommon(body)
  const topN = body['top_n'] === 0 ? undefined : readCount(body, 'top_n')
  if (topN !== undefined) request.topN = topN
  const rankFields = optionalTexts(body, 'rank_fields')
  if (rankFields !== undefined && rankFields.length > 0) request.rankFields = rankFields
  const unknown = unknownMembers(body, known)
  if (unknown !== undefined) request.extensions = { 'jina-rerank': unknown }
  return { request, warnings: [] }
}

/** Canonical → wire. Documents are not asked for: whoever translates has them (`documentOf`). */
export function encodeRequest(request: RerankRequest, target: TargetContext): Encoded {
  const warnings = createWarnings()
  const { textDocuments = false } = target.quirks
  const body: Record<string, Json> = {
    model: target.model,
    query: request.query,
    documents: textDocuments
      ? printDocuments(request, warnings, asParts)
      : encodeDocuments(request.documents),
  }
  if (request.topN !== undefined) body['top_n'] = request.topN
  if (request.rankFields !== undefined && !textDocuments) body['rank_fields'] = request.rankFields
  if (request.maxTokensPerDocument !== undefined) body['max_tokens_per_doc'] = request.maxTokensPerDocument
  warnOfForeign(request.extensions, { own: 'jina-rerank', warnings })
  for (const [name, value] of Object.entries(request.extensions?.['jina-rerank'] ?? {})) {
    if (value !== undefined) setMember(body, name, value)
  }
  return { body, warnings: warnings.all() }
}

/** Whether a request has records among its documents: not every server of this API takes them as they are. */
export function mustDecode({ body }: { readonly body: JsonObject }): boolean {
  return (asList(body['documents']) ?? []).some((value) => {
    const fields = asObject(value)
    return fields !== undefined && isRecord(fields)
  })
}

/** Content parts are vLLM's own. */
function asParts(fields: JsonObject): JsonObject | undefined {
  return isRecord(fields) ? undefined : fields
}

/** All strings or all objects: Together takes no mixture. */
function encodeDocuments(documents: readonly RerankDocument[]): Json {
  return documents.every(({ type }) => type === 'text')
    ? documents.flatMap((document) => (document.type === 'text' ? [document.text] : []))
    : documents.map(documentObject)
}
