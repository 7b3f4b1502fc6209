import type { Json, JsonObject } from '#contract'
import { setMember } from '../../set-member.ts'

/*
 * Members come in two spellings: the lowerCamelCase of proto3's JSON mapping and the snake_case of the proto itself, and
 * parsers must take both (https://protobuf.dev/programming-guides/json/). The official clients mix them in one body.
 * What is read here is read under its camelCase name; a member that this wire does not know keeps its spelling.
 */

export function camelCased(object: JsonObject, known: ReadonlySet<string>): JsonObject {
  let changed: Record<string, Json> | undefined
  for (const name in object) {
    if (!name.includes('_') || !known.has(toCamel(name))) continue
    changed = {}
    break
  }
  if (changed === undefined) return object
  for (const [name, value] of Object.entries(object)) {
    if (value === undefined) continue
    const camel = name.includes('_') ? toCamel(name) : name
    setMember(changed, known.has(camel) ? camel : name, value)
  }
  return changed
}

function toCamel(name: string): string {
  return name.replace(/_([a-z0-9])/g, (_whole, letter: string) => letter.toUpperCase())
}
