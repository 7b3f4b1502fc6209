import type { JsonObject } from '#contract'

/**
 * Under this name a part's (or a turn's) extensions keep the members of the item that it stood in: APIs whose
 * conversation is a list of items give each an id and a state of its own. No vendor's member begins with `$`.
 */
export const itemMembers = '$item'

/** Members of an item that are of use to their own vendor alone and carry no content: no loss elsewhere. */
const bookkeeping: ReadonlySet<string> = new Set(['id', 'status'])

/** The names of those members whose loss is worth telling. */
export function tellingMembers(item: JsonObject): readonly string[] {
  return Object.keys(item).filter((name) => !bookkeeping.has(name))
}

/** Under this name extensions keep members that ask for what every wire does anyway: leaving them out is no loss. */
export const heededMembers = '$heeded'
