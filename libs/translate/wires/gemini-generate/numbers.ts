import type { JsonObject } from '#contract'
import { invalidRequest } from '../../invalid-request.ts'
import { optionalNumber } from '../../request-members.ts'

/*
 * Numbers of a request. Proto3's JSON mapping lets a number be written as text, and an integer as a float without a
 * fraction (`5.0`, which JSON.parse reads as 5; `"5.0"` as well).
 */

const numeric = /^-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?$/

export function optionalFloat(object: JsonObject, name: string, path = ''): number | undefined {
  const value = object[name]
  return typeof value === 'string' && numeric.test(value) ? Number(value) : optionalNumber(object, name, path)
}

export function optionalInteger(object: JsonObject, name: string, path = ''): number | undefined {
  const value = optionalFloat(object, name, path)
  if (value === undefined || Number.isInteger(value)) return value
  throw invalidRequest(path + name, `${path}${name} must be a whole number, not ${value}.`, 'invalid_type')
}
