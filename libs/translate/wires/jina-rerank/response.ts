import type {
  AnswerContext,
  CallerContext,
  Encoded,
  JsonObject,
  RerankRequest,
  RerankResponse,
  Usage,
} from '#contract'
import { warnOfForeign } from '../../foreign-extensions.ts'
import { documentObject } from '../../rerank/print-document.ts'
import { documentOf, printMeta, readAnswer } from '../../rerank/response.ts'
import { unknownMembers } from '../../unknown-members.ts'
import { createWarnings } from '../../warnings.ts'

/** `object` is a constant: `rerank` at Together's, absent at vLLM's and OpenRouter's; `list` at Jina's is not verified. */
const known: ReadonlySet<string> = new Set(['id', 'object', 'model', 'results', 'usage', 'meta'])

/** Wire → canonical. */
export function decodeResponse(body: JsonObject, { request }: AnswerContext<RerankRequest>): RerankResponse {
  const response = readAnswer(body, request)
  const unknown = unknownMembers(body, known)
  return unknown === undefined ? response : { ...response, extensions: { 'jina-rerank': unknown } }
}

/** Canonical → wire. Search units have no place in `usage`; `meta`, where LiteLLM's callers look, is Cohere's. */
export function encodeResponse(response: RerankResponse, caller: CallerContext<RerankRequest>): Encoded {
  const warnings = createWarnings()
  warnOfForeign(response.extensions, { own: 'jina-rerank', warnings })
  const meta = printMeta(response.usage)
  const usage = printUsage(response.usage)
  const body: JsonObject = {
    id: response.id ?? caller.requestId,
    object: 'list',
    model: response.model ?? caller.model,
    results: response.results.map((result) => {
      const document = documentOf(result, caller.request)
      return {
        index: result.index,
        relevance_score: result.relevanceScore,
        ...(document !== undefined && { document: documentObject(document) }),
      }
    }),
    ...(usage !== undefined && { usage }),
    ...(Object.keys(meta).length > 0 && { meta }),
    ...response.extensions?.['jina-rerank'],
  }
  return { body, warnings: warnings.all() }
}

/** Tokens, where anyone counted them: none would be a lie. */
function printUsage(usage: Usage | undefined): JsonObject | undefined {
  const read = usage?.input.total
  if (read === undefined) return undefined
  return { prompt_tokens: read, total_tokens: read + (usage?.output.total ?? 0) }
}
