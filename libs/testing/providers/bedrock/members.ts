import { isJsonObject, type Json, type JsonObject } from '#contract'
import { constraint, extraneous, missing, wrongType } from './errors.ts'

/** A member of the vendor's model: it must be of that kind, and there if `required`. `path` is that of the object. */
export type Place = { readonly path: string; readonly acceptUnknown: boolean }

export function join(place: Place, name: string | number): Place {
  return { ...place, path: place.path === '' ? String(name) : `${place.path}.${name}` }
}

/** The object at a place, with none but the allowed members. */
export function readObject(value: Json | undefined, place: Place, allowed?: readonly string[]): JsonObject {
  if (value === undefined || value === null) throw missing(place.path)
  if (!isJsonObject(value)) throw wrongType(place.path, 'object')
  for (const name of Object.keys(value)) {
    const known = allowed === undefined || allowed.includes(name) || place.acceptUnknown
    if (!known) throw extraneous(place.path === '' ? '' : `/${place.path.replaceAll('.', '/')}`, name)
  }
  return value
}

/** A union: exactly one member is set. */
export function readUnion(
  value: Json | undefined,
  place: Place,
  allowed: readonly string[],
): readonly [string, Json] {
  const object = readObject(value, { ...place, acceptUnknown: false }, allowed)
  const set = Object.entries(object).filter(([, inner]) => inner !== undefined && inner !== null)
  const [only] = set
  if (only === undefined || set.length !== 1) throw constraint(place.path, 'have exactly one member set')
  return only as readonly [string, Json]
}

export function readList(value: Json | undefined, place: Place): readonly Json[] {
  if (value === undefined || value === null) throw missing(place.path)
  if (!Array.isArray(value)) throw wrongType(place.path, 'list')
  return value
}

export function readText(value: Json | undefined, place: Place, pattern?: RegExp): string {
  if (value === undefined || value === null) throw missing(place.path)
  if (typeof value !== 'string') throw wrongType(place.path, 'string')
  if (pattern !== undefined && !pattern.test(value)) {
    throw constraint(place.path, `satisfy regular expression pattern: ${pattern.source}`)
  }
  return value
}

export function readOneOf(value: Json | undefined, place: Place, allowed: readonly string[]): string {
  const text = readText(value, place)
  if (!allowed.includes(text)) throw constraint(place.path, `satisfy enum value set: [${allowed.join(', ')}]`)
  return text
}

export function readNumber(
  value: Json | undefined,
  place: Place,
  range: { readonly min: number; readonly max: number; readonly whole?: true },
): number | undefined {
  if (value === undefined || value === null) return undefined
  if (typeof value !== 'number') throw wrongType(place.path, 'number')
  if (range.whole && !Number.isInteger(value)) throw wrongType(place.path, 'integer')
  if (value < range.min) throw constraint(place.path, `have value greater than or equal to ${range.min}`)
  if (value > range.max) throw constraint(place.path, `have value less than or equal to ${range.max}`)
  return value
}

/** Bytes in JSON are base64. */
export function readBytes(value: Json | undefined, place: Place): void {
  const text = readText(value, place)
  if (text.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(text)) throw wrongType(place.path, 'blob')
}
