import type { AnyCallerWire, WireId } from '#contract'
import type { InferenceRoute, RouteUrl } from '../context.ts'
import { collections } from './genai.ts'

type Row = Pick<InferenceRoute, 'surface' | 'path' | 'ownProvider' | 'address'> & { readonly wire: WireId }

function openaiRows(wire: WireId, path: string): readonly Row[] {
  const row = { wire, ownProvider: 'openai' } as const
  return [
    { ...row, surface: 'openai', path: `/openai/v1/${path}` },
    { ...row, surface: 'openai', path: `/openai/${path}` },
    { ...row, surface: 'root', path: `/v1/${path}` },
  ]
}

/** OpenAI has no rerankers: a name without a provider means Cohere's on these paths. */
const rerankers: readonly Row[] = [
  ...openaiRows('jina-rerank', 'rerank').map((row) => ({ ...row, ownProvider: 'cohere' })),
  { wire: 'cohere-rerank', ownProvider: 'cohere', surface: 'cohere', path: '/cohere/v2/rerank' },
]

function genaiRows(wire: WireId, method: string): readonly Row[] {
  return ['v1', 'v1beta'].flatMap((version) =>
    collections.map(({ path, prefix }) => ({
      wire,
      ownProvider: 'gemini',
      surface: 'genai' as const,
      path: `/genai/${version}/${path}/*:${method}`,
      // Google names the model in the URL.
      address: ({ params }: RouteUrl) => ({ model: prefix + (params['*'] ?? '') }),
    })),
  )
}

const anthropicCount = { wire: 'anthropic-count-tokens', ownProvider: 'anthropic' } as const

const embeddings: readonly Row[] = [
  ...openaiRows('openai-embeddings', 'embeddings'),
  ...genaiRows('gemini-embed', 'batchEmbedContents'),
  ...genaiRows('gemini-embed-content', 'embedContent'),
  { wire: 'cohere-embed', ownProvider: 'cohere', surface: 'cohere', path: '/cohere/v2/embed' },
]
const counts: readonly Row[] = [
  ...openaiRows('openai-input-tokens', 'responses/input_tokens'),
  ...genaiRows('gemini-count-tokens', 'countTokens'),
  { ...anthropicCount, surface: 'anthropic', path: '/anthropic/v1/messages/count_tokens' },
  { ...anthropicCount, surface: 'anthropic', path: '/anthropic/messages/count_tokens' },
  { ...anthropicCount, surface: 'root', path: '/v1/messages/count_tokens' },
]

/** The paths of the operations beside chat that cross from wire to wire. */
export function operationRoutes(wireNamed: (id: WireId) => AnyCallerWire): readonly InferenceRoute[] {
  return [
    ...embeddings.map((row) => ({ ...row, operation: 'embeddings' as const, wire: wireNamed(row.wire) })),
    ...rerankers.map((row) => ({ ...row, operation: 'rerank' as const, wire: wireNamed(row.wire) })),
    ...counts.map((row) => ({ ...row, operation: 'count-tokens' as const, wire: wireNamed(row.wire) })),
  ]
}
