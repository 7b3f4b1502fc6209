import { type ChatRequest, isJsonObject, type JsonObject, type StreamFrame, type Warning } from '#contract'
import type { Logger } from '#observability'
import { createStoredResponses, type Records, storedResponseId } from '#store'

/**
 * The memory that the Responses API promises its callers, for an answer whose provider does not have that API: kept under
 * an id of ours unless the caller said `store: false`. A store that is away costs the memory and a warning, never the
 * answer.
 */
export type ResponseKeeper = {
  /** The answer's id. */
  readonly id: string
  /** Keeps a whole answer as the caller gets it; what is told of it. */
  keep(answer: JsonObject): Promise<readonly Warning[]>
  /** The whole answer that the last event of a stream holds. */
  answerIn(frames: readonly StreamFrame[]): JsonObject | undefined
}

const wire = 'openai-responses'
/** What the caller is told when its answer will not be found again. */
const notKept: readonly Warning[] = [{ code: 'changed', path: 'store' }]

export function createResponseKeeper(options: {
  readonly records: Records
  readonly logger: Logger
  readonly requestId: string
  /** Who asks, and may come back for it. */
  readonly tenant: string
  readonly request: ChatRequest
  /** 16 characters of base64url, new each time. */
  newSuffix(): string
}): ResponseKeeper {
  const { logger, requestId, tenant, request } = options
  const id = storedResponseId(options.newSuffix() + options.newSuffix())
  const responses = createStoredResponses(options.records)
  const wanted = !refusesToBeKept(request)
  return {
    id,
    async keep(response) {
      if (!wanted) return []
      const messages = request.messages.filter((message) => message.path !== 'instructions')
      try {
        if (await responses.keep(id, { response, messages, tenant })) return []
        logger.warn({ requestId }, 'a response is too long to be kept')
      } catch (error) {
        logger.warn({ requestId, error }, 'a response could not be kept')
      }
      return notKept
    },
    answerIn(frames) {
      const last = frames.find(
        ({ event }) => event === 'response.completed' || event === 'response.incomplete',
      )
      const data: unknown = last === undefined ? undefined : JSON.parse(last.data)
      const response = isJsonObject(data) ? data['response'] : undefined
      return isJsonObject(response) ? response : undefined
    },
  }
}

/** `store: false`, which the wire keeps beside its other members, since most providers do so unasked. */
function refusesToBeKept(request: ChatRequest): boolean {
  const own = request.extensions?.[wire]
  const heeded = own?.['$heeded']
  return own?.['store'] === false || (isJsonObject(heeded) && heeded['store'] === false)
}

/**
 * The request without what we do in the provider's place: the earlier conversation stands in it, and where the provider
 * does not speak this wire, keeping is ours.
 */
export function withoutMemory(request: ChatRequest, options: { readonly keepsHere: boolean }): ChatRequest {
  const own = request.extensions?.[wire]
  if (own === undefined) return request
  const { previous_response_id: _expanded, store, ...others } = own
  const left = options.keepsHere || store === undefined ? others : { ...others, store }
  return { ...request, extensions: { ...request.extensions, [wire]: left } }
}
