import fc from 'fast-check'
import type { Json, JsonObject, WireId } from '#contract'
import { vendorTypesOf } from '#testing'

/** Every name and word that the wires' vendors use, and some that nobody should. */
function vocabulary(wires: readonly WireId[]): readonly string[] {
  const found = new Set(['__proto__', 'constructor', 'toString', 'fallbacks', 'error', 'message', '$item'])
  const visit = (value: Json | undefined): void => {
    if (Array.isArray(value)) for (const each of value) visit(each as Json)
    if (typeof value !== 'object' || value === null) return
    const { properties, enum: words } = value as JsonObject
    for (const name of Object.keys(properties ?? {})) found.add(name)
    for (const word of Array.isArray(words) ? words : []) if (typeof word === 'string') found.add(word)
    for (const each of Object.values(value)) visit(each as Json)
  }
  for (const wire of wires) visit(vendorTypesOf(wire))
  return [...found]
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
