import fc from 'fast-check'
import type { Json, JsonObject, WireId } from '#contract'
import { vendorTypesOf } from '#testing'
import { asList, asObject } from '../narrow.ts'

/** Names that nobody should use, and those that are the gateway's own. */
const notorious = ['__proto__', 'constructor', 'toString', 'fallbacks', 'error', 'message', '$item']

/** Every name and word that the wires' vendors use, and some that nobody should. */
function vocabulary(wires: readonly WireId[]): readonly string[] {
  return [...new Set([...notorious, ...wires.flatMap((wire) => wordsOf(vendorTypesOf(wire)))])]
}

/** Names of members and words of `enum`s anywhere in a schema. */
function wordsOf(value: Json | undefined): readonly string[] {
  if (Array.isArray(value)) return value.flatMap((each: Json) => wordsOf(each))
  const schema = asObject(value)
  if (schema === undefined) return []
  const words = (asList(schema['enum']) ?? []).filter((word) => typeof word === 'string')
  return [
    ...Object.keys(asObject(schema['properties']) ?? {}),
    ...words,
    ...Object.values(schema).flatMap(wordsOf),
  ]
}

/** JSON of any shape, in the vendors' words. */
export function arbitraryObject(wires: readonly WireId[]): fc.Arbitrary<JsonObject> {
  const word = fc.constantFrom(...vocabulary(wires))
  const scalar = fc.oneof(
    fc.constantFrom<Json>(null, true, false, 0, -1, 1.5, '', ' ', 'x', 'data:image/png;base64,AA=='),
    fc.string({ maxLength: 6 }),
  )
  const { json } = fc.letrec<{ json: Json }>((tie) => ({
    json: fc.oneof(
      { maxDepth: 5, depthSize: 'small' },
      scalar,
      word,
      fc.array(tie('json'), { maxLength: 3 }),
      fc.dictionary(word, tie('json'), { maxKeys: 6 }),
    ),
  }))
  return fc.dictionary(word, json, { maxKeys: 8 }) as fc.Arbitrary<JsonObject>
}
