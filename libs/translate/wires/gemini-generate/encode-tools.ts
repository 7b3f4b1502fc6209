import type { ChatRequest, FunctionTool, Json, JsonObject, Tool, ToolChoice } from '#contract'
import { warnOfForeign } from '../../foreign-extensions.ts'
import { invalidRequest } from '../../invalid-request.ts'
import type { Warnings } from '../../warnings.ts'

/**
 * "Must start with a letter or an underscore. Must be a-z, A-Z, 0-9, or contain underscores, dots, colons and dashes,
 * with a maximum length of 128" (@google/genai 3.3.0, FunctionDeclaration.name).
 */
const functionName = /^[A-Za-z_][\w.:-]{0,127}$/

export type EncodedTools = { readonly tools: readonly JsonObject[]; readonly hasFunctions: boolean }

/** All functions in one tool, then the vendor's own tools, each as it came. */
export function encodeTools(tools: readonly Tool[], warnings: Warnings): EncodedTools {
  const functionDeclarations: JsonObject[] = []
  const own: JsonObject[] = []
  for (const [index, tool] of tools.entries()) {
    if (tool.type === 'function') functionDeclarations.push(encodeFunction(tool, index, warnings))
    else if (tool.wire === 'gemini-generate') own.push(tool.value as JsonObject)
    else warnings.unsupported(`tools[${index}]`)
  }
  const hasFunctions = functionDeclarations.length > 0
  return { tools: hasFunctions ? [{ functionDeclarations }, ...own] : own, hasFunctions }
}

function encodeFunction(tool: FunctionTool, index: number, warnings: Warnings): JsonObject {
  const path = `tools[${index}].`
  if (!functionName.test(tool.name)) {
    throw invalidRequest(
      `${path}name`,
      `${path}name must begin with a letter or an underscore and hold at most 128 letters, digits, dots, colons, dashes and underscores for this model's provider.`,
      'invalid_value',
    )
  }
  warnOfForeign(tool.extensions, { own: 'gemini-generate', warnings, path })
  if (tool.strict === true) warnings.unsupported(`${path}strict`)
  if (tool.cache !== undefined) warnings.unsupported(`${path}cache_control`)
  const declaration: Record<string, Json | undefined> = { name: tool.name }
  if (tool.description !== undefined) declaration['description'] = tool.description
  if (tool.schema !== undefined) declaration['parametersJsonSchema'] = encodeSchema(tool.schema)
  return { ...declaration, ...tool.extensions?.['gemini-generate'] }
}

/** "The schema must describe an object where the properties are the parameters to the function." */
function encodeSchema(schema: JsonObject): JsonObject {
  return schema['type'] === undefined ? { type: 'object', ...schema } : schema
}

/** `toolConfig.functionCallingConfig`; the vendor refuses one without functions. */
export function encodeToolChoice(request: ChatRequest, warnings: Warnings): JsonObject | undefined {
  // The model itself decides how many functions it calls at once.
  if (request.parallelToolCalls === false) warnings.unsupported('parallel_tool_calls')
  return request.toolChoice === undefined ? undefined : encodeChoice(request.toolChoice, warnings)
}

function encodeChoice(choice: ToolChoice, warnings: Warnings): JsonObject | undefined {
  switch (choice.type) {
    case 'auto':
      return { mode: 'AUTO' }
    case 'none':
      return { mode: 'NONE' }
    case 'required':
      return { mode: 'ANY' }
    case 'function':
      return { mode: 'ANY', allowedFunctionNames: [choice.name] }
    case 'opaque':
      if (choice.wire === 'gemini-generate') return choice.value as JsonObject
      warnings.unsupported('tool_choice')
      return undefined
  }
}
