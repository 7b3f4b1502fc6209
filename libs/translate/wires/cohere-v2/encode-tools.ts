import type { ChatRequest, FunctionTool, Json, JsonObject, ResponseFormat } from '#contract'
import { warnOfForeign } from '../../foreign-extensions.ts'
import type { Warnings } from '../../warnings.ts'
import type { ModelTraits } from './model-traits.ts'

export type EncodedTools = {
  readonly tools: readonly JsonObject[]
  readonly strict: boolean | undefined
  readonly choice: 'REQUIRED' | 'NONE' | undefined
}

/** Tools, whether all of them are strict, and which must be called. */
export function encodeTools(request: ChatRequest, traits: ModelTraits, warnings: Warnings): EncodedTools {
  const { tools = [], toolChoice: choice } = request
  const named = choice?.type === 'function' ? choice.name : undefined
  const isFound = tools.some((tool) => tool.type === 'function' && tool.name === named)
  const encoded: JsonObject[] = []
  const functions: FunctionTool[] = []
  for (const [index, tool] of tools.entries()) {
    if (tool.type === 'function') {
      // The vendor can be told to call some tool, not which: it is given no other.
      if (isFound && tool.name !== named) continue
      functions.push(tool)
      encoded.push(encodeFunction(tool, `tools[${index}].`, warnings))
    } else if (tool.wire !== 'cohere-v2') warnings.unsupported(`tools[${index}]`)
    else if (!isFound) encoded.push(tool.value as JsonObject)
  }
  return {
    tools: encoded,
    strict: encodeStrict(request, functions, warnings),
    choice: encoded.length === 0 ? undefined : encodeChoice({ choice, isFound, traits, warnings }),
  }
}

/** A schema is required here: a tool without parameters has an empty one. */
function encodeFunction(tool: FunctionTool, path: string, warnings: Warnings): JsonObject {
  warnOfForeign(tool.extensions, { own: 'cohere-v2', warnings, path })
  if (tool.cache !== undefined) warnings.unsupported(`${path}cache_control`)
  const definition: Record<string, Json> = { name: tool.name }
  if (tool.description !== undefined) definition['description'] = tool.description
  definition['parameters'] = tool.schema ?? { type: 'object', properties: {} }
  return { type: 'function', function: definition }
}

/** `strict_tools` is for all tools or none: strictness that only some ask for would bind the others. */
function encodeStrict(
  { tools = [] }: ChatRequest,
  sent: readonly FunctionTool[],
  warnings: Warnings,
): boolean | undefined {
  if (sent.length === 0 || sent.every((tool) => tool.strict === undefined)) return undefined
  if (sent.every((tool) => tool.strict === true)) return true
  for (const tool of sent) {
    if (tool.strict === true) warnings.unsupported(`tools[${tools.indexOf(tool)}].strict`)
  }
  return sent.every((tool) => tool.strict === false) ? false : undefined
}

function encodeChoice(options: {
  readonly choice: ChatRequest['toolChoice']
  readonly isFound: boolean
  readonly traits: ModelTraits
  readonly warnings: Warnings
}): 'REQUIRED' | 'NONE' | undefined {
  const { choice, isFound, traits, warnings } = options
  if (choice === undefined || choice.type === 'auto') return undefined
  const isKnown = choice.type !== 'opaque' && (choice.type !== 'function' || isFound)
  if (!isKnown || !traits.toolChoice) {
    warnings.unsupported('tool_choice')
    return undefined
  }
  if (choice.type === 'function') warnings.changed('tool_choice')
  return choice.type === 'none' ? 'NONE' : 'REQUIRED'
}

/**
 * "The parameter is not supported when used in combinations with the `documents` or `tools` parameters" (cohere-ai 8.1.0,
 * ResponseFormatV2): `isAlone` says that there are none.
 */
export function encodeResponseFormat(
  format: ResponseFormat | undefined,
  isAlone: boolean,
  warnings: Warnings,
): JsonObject | undefined {
  if (format === undefined) return undefined
  if (format.type === 'text') return { type: 'text' }
  if (!isAlone) {
    warnings.unsupported('response_format')
    return undefined
  }
  if (format.type !== 'json-schema') return { type: 'json_object' }
  if (format.description !== undefined) warnings.unsupported('response_format.json_schema.description')
  return { type: 'json_object', json_schema: format.schema }
}
