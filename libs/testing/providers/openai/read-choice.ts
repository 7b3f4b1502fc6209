import type { Json } from '#contract'
import { wrongType, wrongValue } from './errors.ts'

/** Reads a member that must be one of a closed set; `undefined` when absent. */
export function readChoice(
  value: Json | undefined,
  param: string,
  supported: readonly string[],
): string | undefined {
  if (value === undefined || value === null) return undefined
  if (typeof value !== 'string') throw wrongType(param, 'a string', value)
  if (!supported.includes(value)) throw wrongValue(param, value, supported)
  return value
}
