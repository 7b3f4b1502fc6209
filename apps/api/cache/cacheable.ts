import type { JsonObject, Operation, WireId } from '#contract'

/** What is asked for without anything being made or changed. */
const readOnly: ReadonlySet<Operation> = new Set(['chat', 'embeddings', 'rerank', 'count-tokens'])

/**
 * Members that tie a request to what somebody keeps: the same bytes may mean something else tomorrow, or leave something
 * behind. `container` is a vendor's sandbox.
 */
const stateful = ['previous_response_id', 'conversation', 'prompt', 'background', 'container'] as const

/**
 * Whether an answer may be shared with an identical request. Wanted: the caller's header, else the configuration. What a
 * caller can come back to by its id is not: each one is a thing of its own. The Responses API keeps its answers unless
 * told `store: false`, Chat Completions when told `store: true`.
 */
export function isCacheable(request: {
  readonly wanted: boolean
  readonly operation: Operation
  readonly wire: WireId
  readonly body: JsonObject
}): boolean {
  const { wanted, operation, wire, body } = request
  if (!wanted || !readOnly.has(operation)) return false
  if (wire === 'openai-responses' && body['store'] !== false) return false
  if (body['store'] === true) return false
  return stateful.every((member) => isUnset(member, wire, body))
}

function isUnset(member: (typeof stateful)[number], wire: WireId, body: JsonObject): boolean {
  // The text to go on from, on the wire of completions.
  if (member === 'prompt' && wire === 'openai-completions') return true
  const { [member]: value = null } = body
  return value === null || value === false
}
