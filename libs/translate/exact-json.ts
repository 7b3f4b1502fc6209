import type { Json } from '#contract'
import { setMember } from './set-member.ts'

/** `JSON.rawJSON` and the reviver's source text (ECMAScript "JSON.parse source text access"), not yet in TypeScript's library. */
type SourceAwareJson = {
  parse(text: string, reviver: (key: string, value: unknown, context: { source?: string }) => unknown): Json
  rawJSON(text: string): unknown
  isRawJSON(value: unknown): value is { readonly rawJSON: string }
}
const sourceAware = JSON as unknown as SourceAwareJson

/** Numbers that a double may not print as they were written: long ones, trailing zeros, exponents. */
const suspicious = /[\d.]{16}|\.\d*0(?!\d)|\d[eE][+-]?\d|-0/

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

/** The same where a value begins: in a whole body most digits stand in texts and ids, which do not count. */
const suspiciousValue = /[:[,]\s*(?:-0|-?[\d.]{16}|-?\d+\.\d*0(?!\d)|-?\d[\d.]*[eE])/

/**
 * A reader of whole bodies in which tool arguments are nested as objects: numbers inside of `members` print as they were
 * written, all others are numbers. Bodies without one of `marks`, the words for a tool call, or without a number that
 * needs it are parsed as any other. Throws SyntaxError.
 */
export function exactReader(options: {
  readonly marks: readonly string[]
  readonly members: readonly string[]
}): (text: string) => Json {
  const members: ReadonlySet<string> = new Set(options.members)
  return (text) => {
    if (!options.marks.some((mark) => text.includes(mark)) || !suspiciousValue.test(text)) {
      return JSON.parse(text) as Json
    }
    return roundOutside(parseExact(text), members)
  }
}

/** Makes numbers of all that `parseExact` left as written outside of `members`; what it gets it changes. */
function roundOutside(value: Json, members: ReadonlySet<string>): Json {
  if (typeof value !== 'object' || value === null) return value
  if (sourceAware.isRawJSON(value)) return Number(value.rawJSON)
  const own = value as Record<string, Json>
  for (const name of Object.keys(own)) {
    const inner = own[name]
    if (inner === undefined) continue
    // A number in the place of the object is left to the decoder, which says what is wrong with it.
    if (!Array.isArray(value) && members.has(name) && !sourceAware.isRawJSON(inner)) continue
    const rounded = roundOutside(inner, members)
    if (rounded !== inner) setMember(own, name, rounded)
  }
  return value
}
