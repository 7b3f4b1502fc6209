import type { Operation, WireId } from '#contract'
import type { Endpoint, ProviderFacts } from './types.ts'

/** What `custom_provider_config` says of a provider of the operator's own. */
export type CustomProvider = {
  readonly baseProviderType: string
  readonly isKeyLess: boolean
  /** What the provider may be asked for, by the names below; absent = all that its base's wire promises. */
  readonly allowed?: readonly string[]
  /** Other paths than the base's, by the same names. */
  readonly paths?: Readonly<Record<string, string>>
}

/** Wires of one operation that the config names as one request type. */
type RequestType = {
  readonly operation: Operation
  /** Absent = all but those that another type of the operation names. */
  readonly wires?: readonly WireId[]
}

/** `allowed_requests` and `request_path_overrides` of the config; `…_stream` of a type stands for the same endpoint. */
export const requestTypes: Readonly<Record<string, RequestType>> = {
  chat_completion: { operation: 'chat' },
  text_completion: { operation: 'chat', wires: ['openai-completions'] },
  responses: { operation: 'chat', wires: ['openai-responses'] },
  count_tokens: { operation: 'count-tokens' },
  embedding: { operation: 'embeddings' },
  rerank: { operation: 'rerank' },
  image_generation: { operation: 'images', wires: ['openai-images'] },
  image_edit: { operation: 'images', wires: ['openai-image-edits'] },
  image_variation: { operation: 'images', wires: ['openai-image-variations'] },
  speech: { operation: 'speech' },
  transcription: { operation: 'transcriptions' },
  file_upload: { operation: 'files' },
  batch_create: { operation: 'batches' },
  list_models: { operation: 'models' },
}

function typeOf(operation: Operation, wire: WireId): string | undefined {
  // What becomes of a response later goes with making it.
  if (operation === 'responses') return 'responses'
  const types = Object.entries(requestTypes).filter(([, type]) => type.operation === operation)
  const named = types.find(([, { wires }]) => wires?.includes(wire))
  return (named ?? types.find(([, { wires }]) => wires === undefined))?.[0]
}

/**
 * The facts of a provider of one's own: its base's, less the environment's variables (what they hold would go to
 * somebody else's address) and less what the config does not allow. Servers that call themselves compatible with OpenAI
 * mean Chat Completions, know the old name of the token limit, and have no Responses API and no reranker unless the config
 * says so.
 */
export function customFacts(id: string, base: ProviderFacts, custom: CustomProvider): ProviderFacts {
  const { environmentVariable: _notInherited, variables: _notEither, operations, identity, ...facts } = base
  const speaksOpenai = operations.chat?.[0]?.wire === 'openai-chat'
  return {
    ...facts,
    id,
    operations: customOperations(operations, custom, speaksOpenai),
    ...(speaksOpenai && { quirks: { maxTokensField: 'max_tokens' as const, ...base.quirks } }),
    ...(custom.isKeyLess
      ? { auth: 'none' as const, keyOptional: true }
      : identity !== undefined && { identity }),
  }
}

/** OpenAI itself has none; servers beside it took Jina's. */
const compatibleRerank: readonly Endpoint[] = [{ wire: 'jina-rerank', path: '/v1/rerank' }]

const responsesWires: ReadonlySet<WireId> = new Set([
  'openai-responses',
  'openai-compact',
  'openai-input-tokens',
])

function customOperations(
  operations: ProviderFacts['operations'],
  custom: CustomProvider,
  speaksOpenai: boolean,
): ProviderFacts['operations'] {
  const { allowed } = custom
  const mayHave = (operation: Operation, { wire }: Endpoint): boolean => {
    const type = typeOf(operation, wire)
    if (allowed !== undefined && (type === undefined || !allowed.includes(type))) return false
    const ofResponses = responsesWires.has(wire)
    return !speaksOpenai || !ofResponses || allowed?.includes('responses') === true
  }
  const saysRerank = allowed?.includes('rerank') === true || custom.paths?.['rerank'] !== undefined
  const all = speaksOpenai && saysRerank ? { rerank: compatibleRerank, ...operations } : operations
  const entries = Object.entries(all) as [Operation, readonly Endpoint[]][]
  return Object.fromEntries(
    entries
      .map(([operation, endpoints]) => {
        const kept = endpoints.filter((endpoint) => mayHave(operation, endpoint))
        return [operation, kept.map((endpoint) => withPath(operation, endpoint, custom))] as const
      })
      .filter(([, endpoints]) => endpoints.length > 0),
  )
}

function withPath(operation: Operation, endpoint: Endpoint, { paths = {} }: CustomProvider): Endpoint {
  const type = typeOf(operation, endpoint.wire)
  const own = type === undefined ? undefined : paths[type]
  const path = own !== undefined && endpoint.wire === 'openai-compact' ? `${own}/compact` : own
  const streamPath = type === undefined ? undefined : paths[`${type}_stream`]
  const { streamPath: ownStream, ...rest } = endpoint
  if (path === undefined && streamPath === undefined) return endpoint
  // A path of one's own is the same for streams unless it is said otherwise.
  const forStreams = streamPath ?? (path === undefined ? ownStream : undefined)
  return {
    ...rest,
    ...(path !== undefined && { path }),
    ...(forStreams !== undefined && { streamPath: forStreams }),
  }
}
