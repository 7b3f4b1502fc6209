import { isErrorLike, serializeError } from './serialize-error.ts'

const hidden = '[secret]'
const maxDepth = 4

/** Members whose value is never printed, wherever they stand; compared in lower case. */
const secretNames = new Set([
  'authorization',
  'proxy-authorization',
  'x-api-key',
  'api-key',
  'apikey',
  'api_key',
  'x-goog-api-key',
  'xi-api-key',
  'cookie',
  'set-cookie',
  'password',
  'secret',
  'token',
])

/**
 * The fields of a log line as they may be printed: credentials by name are masked, errors are serialized by their
 * allow-list wherever they stand, deeper than four levels nothing is shown. Fields without either come back as they
 * are, so that the usual line costs one look at each member.
 */
export function redactFields(fields: object, options: { readonly stack: boolean }): object {
  if (isErrorLike(fields)) return { error: serializeError(fields, options) }
  return redactObject(fields as Record<string, unknown>, options, 0)
}

function redactObject(
  fields: Record<string, unknown>,
  options: { readonly stack: boolean },
  depth: number,
): Record<string, unknown> {
  let copy: Record<string, unknown> | undefined
  for (const name in fields) {
    const value = fields[name]
    const shown = isSecretName(name) && value !== undefined ? hidden : redactValue(value, options, depth + 1)
    if (shown !== value) {
      copy ??= { ...fields }
      copy[name] = shown
    }
  }
  return copy ?? fields
}

function redactValue(value: unknown, options: { readonly stack: boolean }, depth: number): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (isErrorLike(value)) return serializeError(value, options)
  if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`
  if (depth > maxDepth) return '[…]'
  if (Array.isArray(value)) {
    const shown = value.map((item) => redactValue(item, options, depth + 1))
    return shown.some((item, index) => item !== value[index]) ? shown : value
  }
  // An object with its own JSON form (Secret, Date, URL) prints that.
  if ('toJSON' in value) return value
  return redactObject(value as Record<string, unknown>, options, depth)
}

/** Most names are short and lower case already: only those of a secret's length are looked up. */
function isSecretName(name: string): boolean {
  return name.length >= 5 && name.length <= 19 && secretNames.has(name.toLowerCase())
}
