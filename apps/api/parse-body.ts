import { isUtf8 } from 'node:buffer'
import { GatewayError, isJsonObject, type JsonObject } from '#contract'

/** Far above what any API nests, far below what recursion over the value could not bear. */
const maxDepth = 256

/**
 * A body as a JSON object. Throws `invalid-request` for invalid UTF-8, broken JSON, what is not an object, and nesting
 * deeper than 256. The messages never quote the body: the runtime's own syntax errors do, so only their position is
 * taken over.
 */
export function parseBody(bytes: Buffer, parse: (text: string) => unknown = JSON.parse): JsonObject {
  if (bytes.length === 0) throw invalid('The request body is empty; send a JSON object.')
  if (!isUtf8(bytes)) throw invalid('The request body is not valid UTF-8.')
  const value = parseJson(bytes.toString('utf8'), parse)
  if (!isJsonObject(value)) throw invalid('The request body must be a JSON object.')
  if (isDeeperThan(value, maxDepth))
    throw invalid(`The request body is nested deeper than ${maxDepth} levels.`)
  return value
}

function parseJson(text: string, parse: (text: string) => unknown): unknown {
  try {
    return parse(text)
  } catch (error) {
    const position =
      error instanceof Error
        ? /at position \d+( \(line \d+ column \d+\))?/.exec(error.message)?.[0]
        : undefined
    throw invalid(`The request body is not valid JSON${position === undefined ? '' : ` ${position}`}.`)
  }
}

function isDeeperThan(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false
  if (levels === 0) return true
  if (Array.isArray(value)) return value.some((item) => isDeeperThan(item, levels - 1))
  for (const member in value) {
    if (isDeeperThan((value as Record<string, unknown>)[member], levels - 1)) return true
  }
  return false
}

function invalid(message: string): GatewayError {
  return new GatewayError({ kind: 'invalid-request', code: 'invalid_json', message })
}
