import type { Json, JsonObject } from '#contract'
import { parseExact } from '../../exact-json.ts'
import { asObject, asText } from '../../narrow.ts'

/*
 * What a tool answered: an object here, text elsewhere. "Use 'output' key to specify function output and 'error' key to
 * specify error details (if any). If 'output' and 'error' keys are not specified, then whole 'response' is treated as
 * function output" (@google/genai 3.3.0, FunctionResponse.response).
 *
 *   object                 text
 *   {"output": "plain"}    plain
 *   {"error": …}           the error, of a result that failed
 *   {}                     none
 *   any other              the object as JSON
 */

export type ToolResponse = { readonly text: string | undefined; readonly isError: boolean }

export function decodeToolResponse(response: JsonObject): ToolResponse {
  const names = Object.keys(response)
  if (names.length === 0) return { text: undefined, isError: false }
  const [only] = names
  if (names.length === 1 && only === 'output') {
    const text = asText(response['output'])
    if (text !== undefined && parseResult(text) === undefined) return { text, isError: false }
  }
  if (names.length === 1 && only === 'error') {
    const error = response['error'] ?? null
    const text = asText(error)
    if (text !== undefined && parseResult(text) === undefined) return { text, isError: true }
    const object = asObject(error)
    if (object !== undefined && Object.keys(object).length > 0 && object['error'] === undefined) {
      return { text: JSON.stringify(object), isError: true }
    }
  }
  return { text: JSON.stringify(response), isError: 'error' in response }
}

export function encodeToolResponse(text: string | undefined, isError: boolean): JsonObject {
  if (text === undefined) return {}
  const object = parseResult(text)
  if (!isError) return object ?? { output: text }
  return object === undefined ? { error: text } : 'error' in object ? object : { error: object }
}

function parseResult(text: string): JsonObject | undefined {
  if (!/^\s*\{/.test(text)) return undefined
  try {
    return asObject(parseExact(text) as Json)
  } catch {
    return undefined
  }
}
