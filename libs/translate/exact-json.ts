import type { Json } from '#contract'

/** `JSON.rawJSON` and the reviver's source text (ECMAScript "JSON.parse source text access"), not yet in TypeScript's library. */
type SourceAwareJson = {
  parse(text: string, reviver: (key: string, value: unknown, context: { source?: string }) => unknown): Json
  rawJSON(text: string): unknown
}
const sourceAware = JSON as unknown as SourceAwareJson

/** Numbers that a double may not print as they were written: long ones, trailing zeros, exponents. */
const suspicious = /\d{16}|\.\d*0(?!\d)|\d[eE][+-]?\d|-0/

/**
 * Parses JSON so that printing it again gives every number as it was written (`1.0`, `12345678901234567890`): tool
 * arguments must reach the model unchanged even on a wire that nests them as an object. Throws SyntaxError.
 */
export function parseExact(text: string): Json {
  if (!suspicious.test(text)) return JSON.parse(text) as Json
  return sourceAware.parse(text, (_key, value, { source }) =>
    typeof value === 'number' && source !== undefined && String(value) !== source
      ? sourceAware.rawJSON(source)
      : value,
  )
}
