import type { Json, JsonObject } from '#contract'
import { setMember } from '../../set-member.ts'

/*
 * The vendor's `Schema`, a subset of OpenAPI 3.0, as JSON Schema: types in lower case, `nullable` as a type, counts as
 * numbers (they are int64, which proto3's JSON writes as text), members in camelCase. The other way is not needed: what
 * goes to the vendor is JSON Schema, in the members that take it (`parametersJsonSchema`, `responseJsonSchema`).
 */

const counts: ReadonlySet<string> = new Set([
  ...['minItems', 'maxItems', 'minLength', 'maxLength', 'minProperties', 'maxProperties'],
])
const snake: ReadonlyMap<string, string> = new Map([
  ['any_of', 'anyOf'],
  ['min_items', 'minItems'],
  ['max_items', 'maxItems'],
  ['min_length', 'minLength'],
  ['max_length', 'maxLength'],
  ['min_properties', 'minProperties'],
  ['max_properties', 'maxProperties'],
  ['property_ordering', 'propertyOrdering'],
])

export function toJsonSchema(schema: JsonObject): JsonObject {
  const result: Record<string, Json> = {}
  for (const [written, value] of Object.entries(schema)) {
    const name = snake.get(written) ?? written
    if (value === undefined || name === 'nullable') continue
    setMember(result, name, convertMember(name, value))
  }
  return schema['nullable'] === true ? withNull(result) : result
}

function convertMember(name: string, value: Json): Json {
  if (name === 'type') return typeof value === 'string' ? value.toLowerCase() : value
  if (counts.has(name)) return typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : value
  if (name === 'items') return convert(value)
  if (name === 'anyOf') return Array.isArray(value) ? value.map(convert) : value
  return name === 'properties' ? convertProperties(value) : value
}

function convertProperties(value: Json): Json {
  if (!isObject(value)) return value
  const properties: Record<string, Json> = {}
  for (const [name, schema] of Object.entries(value)) setMember(properties, name, convert(schema ?? null))
  return properties
}

function convert(value: Json): Json {
  return isObject(value) ? toJsonSchema(value) : value
}

function isObject(value: Json): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function withNull(schema: Record<string, Json>): JsonObject {
  const { type, anyOf } = schema
  if (typeof type === 'string') return { ...schema, type: [type, 'null'] }
  return Array.isArray(anyOf) ? { ...schema, anyOf: [...anyOf, { type: 'null' }] } : schema
}
