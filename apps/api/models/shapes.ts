import { GatewayError, type JsonObject } from '#contract'
import type { ListedModel } from './list-models.ts'

/** A vendor's way to tell of models: one, and a page of them. */
export type ModelShape = {
  one(model: ListedModel): JsonObject
  /** Throws `invalid-request` for a page that cannot be. */
  page(models: readonly ListedModel[], query: URLSearchParams): JsonObject
}

/** `Model` and its page, which is never cut (openai 7.57.0, resources/models.d.ts). When a model was made is not known here. */
export const openaiModels: ModelShape = {
  one: ({ id, provider }) => ({ id, object: 'model', created: 0, owned_by: provider }),
  page: (models, query) => ({
    object: 'list',
    data: models.map(openaiModels.one),
    // Codex asks with its version, reads another list, and keeps its own where that is empty.
    ...(query.has('client_version') && { models: [] }),
  }),
}

/**
 * `ModelInfo` and its page (@anthropic-ai/sdk 1.12.0, resources/models.d.ts): `created_at` "may be set to an epoch value if
 * the release date is unknown", and what is `null` there may be.
 */
export const anthropicModels: ModelShape = {
  one: ({ id, name }) => ({
    type: 'model',
    id,
    display_name: name,
    created_at: '1970-01-01T00:00:00Z',
    capabilities: null,
    deprecated_at: null,
    lifecycle: 'active',
    line: null,
    max_input_tokens: null,
    max_tokens: null,
    retires_at: null,
  }),
  page(models, query) {
    const limit = readCount(query, 'limit', { fallback: 20, most: 1_000 })
    const [afterId, beforeId] = [query.get('after_id'), query.get('before_id')]
    const indexOf = (id: string, param: string) => {
      const index = models.findIndex((model) => model.id === id)
      if (index < 0) throw invalid(param, `${param} names no model of this list; start again without it.`)
      return index
    }
    const start = afterId === null ? 0 : indexOf(afterId, 'after_id') + 1
    const end = beforeId === null ? models.length : indexOf(beforeId, 'before_id')
    // Backwards the page is what lies just before the cursor, in the same order.
    const from = beforeId === null ? start : Math.max(start, end - limit)
    const data = models.slice(from, Math.min(end, from + limit))
    return {
      data: data.map(anthropicModels.one),
      has_more: beforeId === null ? from + limit < end : from > start,
      first_id: data[0]?.id ?? null,
      last_id: data.at(-1)?.id ?? null,
    }
  },
}

/** `Model` and its page (https://ai.google.dev/api/models); what is not known is left out. */
export const geminiModels: ModelShape = {
  one: ({ id, name }) => ({
    name: `models/${id}`,
    displayName: name,
    supportedGenerationMethods: ['generateContent', 'countTokens'],
  }),
  page(models, query) {
    const size = readCount(query, 'pageSize', { fallback: 50, most: 1_000 })
    const token = query.get('pageToken') ?? ''
    const start = token === '' ? 0 : Number(token)
    if (!Number.isInteger(start) || start < 0 || start > models.length) {
      throw invalid('pageToken', 'pageToken is none of this list; start again without it.')
    }
    const data = models.slice(start, start + size).map(geminiModels.one)
    const next = start + size
    return next < models.length ? { models: data, nextPageToken: String(next) } : { models: data }
  },
}

function readCount(
  query: URLSearchParams,
  param: string,
  range: { readonly fallback: number; readonly most: number },
): number {
  const text = query.get(param)
  if (text === null || text === '') return range.fallback
  const count = Number(text)
  if (!Number.isInteger(count) || count < 1) throw invalid(param, `${param} must be a whole number above 0.`)
  return Math.min(count, range.most)
}

function invalid(param: string, message: string): GatewayError {
  return new GatewayError({ kind: 'invalid-request', code: 'invalid_value', message, param })
}
