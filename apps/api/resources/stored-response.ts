import { type ChatWire, GatewayError, isJsonObject, type Json, type JsonObject } from '#contract'
import { createStoredResponses, isStoredResponseId, type StoredResponse } from '#store'
import { chatWireOf } from '#translate'
import { isHidden } from '../authenticate.ts'
import type { ApiContext, RouteUrl } from '../context.ts'
import type { ResourceRoute } from './route.ts'

/**
 * Answers for an answer that we keep. `undefined` for an id that is none of ours. Throws `not-found` for one of ours that
 * is gone or another tenant's, `invalid-request` for what cannot be done with a whole answer.
 */
export async function answerStored(
  api: Pick<ApiContext, 'store'>,
  route: Pick<ResourceRoute, 'method' | 'action'>,
  request: { readonly id: string; readonly url: RouteUrl; readonly tenant: string },
): Promise<JsonObject | undefined> {
  const { id, url } = request
  if (!isStoredResponseId(id)) return undefined
  const responses = createStoredResponses(api.store.records)
  const stored = await responses.find(id)
  if (stored === undefined || isHidden(stored.tenant, request.tenant)) throw gone(id)
  if (route.method === 'DELETE') {
    if (!(await responses.delete(id))) throw gone(id)
    return { id, object: 'response', deleted: true }
  }
  if (route.action === '/input_items') return inputItems(id, stored, url.query)
  if (route.action === '/cancel') return cancelled(stored)
  if (url.query.get('stream') === 'true') {
    throw invalid(
      'stream',
      `The response ${id} has ended and is kept whole, without the events that it came in; ask for it without stream and starting_after.`,
    )
  }
  return stored.response
}

/** "Only responses created with the `background` parameter set to `true` can be cancelled"; one that has ended stays as it is. */
function cancelled({ response }: StoredResponse): JsonObject {
  if (response['background'] === true) return response
  throw invalid('background', 'Only responses that were created with background: true can be cancelled.')
}

const longestPage = 100

/** A page of ResponseItemList (openai 7.57.0, resources/responses/input-items.d.ts): newest first unless asked otherwise. */
function inputItems(id: string, stored: StoredResponse, query: URLSearchParams): JsonObject {
  const limit = readLimit(query)
  const order = query.get('order') ?? 'desc'
  if (order !== 'asc' && order !== 'desc') throw invalid('order', 'order must be asc or desc.')
  const items = itemsOf(id, stored)
  if (order === 'desc') items.reverse()
  const after = query.get('after')
  const start = after === null ? 0 : items.findIndex((item) => item['id'] === after) + 1
  if (after !== null && start === 0) throw invalid('after', 'after names no item of this response.')
  const data = items.slice(start, start + limit)
  return {
    object: 'list',
    data,
    first_id: data[0]?.['id'] ?? null,
    last_id: data.at(-1)?.['id'] ?? null,
    has_more: start + limit < items.length,
  }
}

function readLimit(query: URLSearchParams): number {
  const text = query.get('limit')
  if (text === null) return 20
  const limit = Number(text)
  if (Number.isInteger(limit) && limit >= 1 && limit <= longestPage) return limit
  throw invalid('limit', `limit must be a whole number from 1 to ${longestPage}.`)
}

/** The conversation as items of the wire, each with an id: its own, or one that is the same each time it is asked for. */
function itemsOf(id: string, { response, messages }: StoredResponse): JsonObject[] {
  const model = typeof response['model'] === 'string' ? response['model'] : ''
  const request = { model, stream: false, streamUsage: true, messages, sampling: {} }
  const { body } = responsesWire().encodeRequest(request, { model, quirks: {} })
  return listOf(body['input']).map((item, index) => withId(item, `${prefixOf(item)}_${id.slice(5)}_${index}`))
}

/** One text stands for one message of the user's. */
function listOf(input: Json | undefined): readonly JsonObject[] {
  if (typeof input === 'string') {
    return [{ type: 'message', role: 'user', content: [{ type: 'input_text', text: input }] }]
  }
  return Array.isArray(input) ? input.filter(isJsonObject) : []
}

function withId(item: JsonObject, id: string): JsonObject {
  return typeof item['id'] === 'string' ? item : { id, ...item, type: item['type'] ?? 'message' }
}

const prefixes: Readonly<Record<string, string>> = {
  function_call: 'fc',
  function_call_output: 'fco',
  reasoning: 'rs',
}

function prefixOf({ type }: JsonObject): string {
  return (typeof type === 'string' ? prefixes[type] : undefined) ?? 'msg'
}

function responsesWire(): ChatWire {
  const wire = chatWireOf('openai-responses')
  if (wire === undefined) throw new Error('the wire openai-responses is not in this build')
  return wire
}

function gone(id: string): GatewayError {
  return new GatewayError({
    kind: 'not-found',
    code: 'response_not_found',
    message: `The response ${id} is not here: it was deleted, or its 30 days are over.`,
    param: 'response_id',
  })
}

function invalid(param: string, message: string): GatewayError {
  return new GatewayError({ kind: 'invalid-request', code: 'invalid_value', message, param })
}
