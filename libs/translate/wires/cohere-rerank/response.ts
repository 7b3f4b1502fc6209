import type {
  AnswerContext,
  CallerContext,
  Encoded,
  Extensions,
  JsonObject,
  RerankRequest,
  RerankResponse,
} from '#contract'
import { warnOfForeign } from '../../foreign-extensions.ts'
import { asObject } from '../../narrow.ts'
import { documentObject } from '../../rerank/print-document.ts'
import { documentOf, printMeta, readAnswer } from '../../rerank/response.ts'
import { unknownMembers } from '../../unknown-members.ts'
import { createWarnings } from '../../warnings.ts'

/*
 * Source: cohere-ai 8.1.0, api/resources/v2/types/V2RerankResponse.d.ts and api/types/ApiMeta.d.ts. `model` and `usage` are
 * vLLM's, which answers at this path, too.
 */
const known: ReadonlySet<string> = new Set(['id', 'results', 'meta', 'model', 'usage'])
const knownOfMeta: ReadonlySet<string> = new Set(['api_version', 'billed_units', 'tokens', 'cached_tokens'])

/** Wire → canonical. */
export function decodeResponse(body: JsonObject, { request }: AnswerContext<RerankRequest>): RerankResponse {
  const response = readAnswer(body, request)
  const extensions = readExtensions(body)
  return extensions === undefined ? response : { ...response, extensions }
}

function readExtensions(body: JsonObject): Extensions | undefined {
  const members = unknownMembers(body, known)
  const meta = unknownMembers(asObject(body['meta']) ?? {}, knownOfMeta)
  if (members === undefined && meta === undefined) return undefined
  return { 'cohere-rerank': { ...members, ...(meta !== undefined && { meta }) } }
}

/** Canonical → wire. */
export function encodeResponse(response: RerankResponse, caller: CallerContext<RerankRequest>): Encoded {
  const warnings = createWarnings()
  const { request } = caller
  warnOfForeign(response.extensions, { own: 'cohere-rerank', warnings })
  const own = response.extensions?.['cohere-rerank']
  const body: JsonObject = {
    id: response.id ?? caller.requestId,
    results: response.results.map((result) => {
      // Without being asked for them the vendor sends none back.
      const document = request.returnDocuments === true ? documentOf(result, request) : undefined
      return {
        index: result.index,
        relevance_score: result.relevanceScore,
        ...(document !== undefined && { document: documentObject(document) }),
      }
    }),
    ...own,
    meta: { api_version: { version: '2' }, ...printMeta(response.usage), ...asObject(own?.['meta']) },
  }
  return { body, warnings: warnings.all() }
}
