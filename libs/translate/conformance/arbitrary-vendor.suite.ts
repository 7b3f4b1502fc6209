import fc from 'fast-check'
import type { Json, JsonObject, WireId } from '#contract'
import { vendorTypesOf } from '#testing'

/**
 * JSON that looks like a vendor's: grown along its published types, so that it gets past the first checks, with a wrong
 * value here and there. A new wire joins with its schema.
 */
export function arbitraryOf(
  wire: WireId,
  type: 'Request' | 'Response' | 'StreamEvent',
): fc.Arbitrary<JsonObject> {
  const types = vendorTypesOf(wire)
  const root = types[type] as JsonObject
  const definitions = types['definitions'] as JsonObject
  return fc.nat().map((seed) => {
    const next = randomOf(seed)
    const grown = grow(root, { definitions, next, flawed: next(2) === 0, depth: 0 })
    return (typeof grown === 'object' && grown !== null && !Array.isArray(grown) ? grown : {}) as JsonObject
  })
}

type Growth = {
  readonly definitions: JsonObject
  /** A number from 0 to below `limit`. */
  readonly next: (limit: number) => number
  /** Whether this tree may have mistakes; the others are as the types say. */
  readonly flawed: boolean
  readonly depth: number
}

/** A small generator of numbers (mulberry32): the same seed grows the same tree. */
function randomOf(seed: number): Growth['next'] {
  let state = seed
  return (limit) => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) % limit
  }
}

const texts = [
  '',
  ' ',
  'a',
  'Grüße',
  'call_1',
  'data:image/png;base64,AA==',
  'https://x.y/z',
  '{"a":1}',
  '{',
  '__proto__',
]
const numbers = [0, 1, -1, 0.5, 1024, 4096, 1e21]
const strays: readonly Json[] = [null, true, 0, 'x', [], {}, [null], { type: 'text' }, { type: 'brand_new' }]
const deepest = 9

function pick<T>(list: readonly T[], { next }: Growth): T {
  return list[next(list.length)] as T
}

function grow(schema: JsonObject, growth: Growth): Json {
  const { next, definitions, flawed } = growth
  if (flawed && next(60) === 0) return pick(strays, growth)
  const inside = { ...growth, depth: growth.depth + 1 }
  const reference = schema['$ref']
  if (typeof reference === 'string') {
    return grow(definitions[reference.replace('#/definitions/', '')] as JsonObject, inside)
  }
  const branches = (schema['oneOf'] ?? schema['anyOf']) as readonly JsonObject[] | undefined
  if (branches !== undefined) return grow(pick(branches, growth), inside)
  const values = schema['enum'] as readonly Json[] | undefined
  if (values !== undefined) return pick(values, growth)
  switch (schema['type']) {
    case 'object':
      return growObject(schema, inside)
    case 'array':
      return Array.from(
        { length: growth.depth > deepest ? 0 : growth.depth < 4 ? 1 + next(2) : next(3) },
        () => grow((schema['items'] ?? {}) as JsonObject, inside),
      )
    case 'string':
      return pick(texts, growth)
    case 'number':
    case 'integer':
      return pick(numbers, growth)
    case 'boolean':
      return next(2) === 0
    case 'null':
      return null
    default:
      return pick(strays, growth)
  }
}

/** Without these there is no request to look at, whatever the types say. */
const conversation = ['model', 'messages', 'input', 'contents']

/** Members that are wanted nearly always, others now and then; the deeper, the fewer. */
function growObject(schema: JsonObject, growth: Growth): JsonObject {
  const { next, depth, flawed } = growth
  const required = [...((schema['required'] ?? []) as readonly string[]), ...(depth <= 2 ? conversation : [])]
  const members: [string, Json][] = []
  for (const [name, member] of Object.entries((schema['properties'] ?? {}) as JsonObject)) {
    const wanted = required.includes(name)
      ? !flawed || next(40) > 0
      : depth <= deepest && next(3 + depth) === 0
    if (wanted) members.push([name, grow(member as JsonObject, growth)])
  }
  if (flawed && next(30) === 0)
    members.push([pick(['__proto__', 'brand_new', 'constructor'], growth), pick(strays, growth)])
  return Object.fromEntries(members)
}
