import { createHash } from 'node:crypto'
import type { AnswerIdentity } from './types.ts'

/** Counts up when requests of an older build must not find the answers of this one. */
const version = 1

/** SHA-256 of all that makes an answer what it is; says nothing of the request to who reads it. */
export function cacheKey(request: AnswerIdentity): string {
  const { tenant, wire, operation, targets, address, forwardHeaders, stream, bytes } = request
  const facts = JSON.stringify([
    version,
    tenant,
    wire,
    operation,
    targets.map(({ provider, model }) => [provider, model]),
    sorted(address),
    sorted(forwardHeaders),
    stream,
  ])
  // JSON holds no bare line feed, so where the facts end is certain.
  return createHash('sha256').update(facts).update('\n').update(bytes).digest('base64url')
}

function sorted(members: object): readonly (readonly [string, unknown])[] {
  return Object.entries(members).sort(([a], [b]) => (a < b ? -1 : 1))
}
