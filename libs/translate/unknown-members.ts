import type { Json, JsonObject } from '#contract'
import { setMember } from './set-member.ts'

/**
 * The members of `object` that are not among `known` and say something: `null` and `[]` do not, and a client that sends
 * an answer back sends its empty members, too. `undefined` when there is none.
 */
export function unknownMembers(object: JsonObject, known: ReadonlySet<string>): JsonObject | undefined {
  let found: Record<string, Json> | undefined
  for (const name in object) {
    const value = object[name]
    if (known.has(name) || value === undefined || value === null) continue
    if (Array.isArray(value) && value.length === 0) continue
    found ??= {}
    setMember(found, name, value)
  }
  return found
}
