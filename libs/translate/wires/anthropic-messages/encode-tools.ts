import type { ChatRequest, Json, JsonObject, ResponseFormat, Tool } from '#contract'
import { warnOfForeign } from '../../foreign-extensions.ts'
import type { Warnings } from '../../warnings.ts'
import { encodeCacheMark } from './cache-mark.ts'

export function encodeTools(tools: readonly Tool[], warnings: Warnings): readonly JsonObject[] {
  const encoded: JsonObject[] = []
  for (const [index, tool] of tools.entries()) {
    if (tool.type === 'function') encoded.push(encodeTool(tool, `tools[${index}].`, warnings))
    else if (tool.wire === 'anthropic-messages') encoded.push(tool.value as JsonObject)
    else warnings.unsupported(`tools[${index}]`)
  }
  return encoded
}

function encodeTool(tool: Extract<Tool, { type: 'function' }>, path: string, warnings: Warnings): JsonObject {
  warnOfForeign(tool.extensions, { own: 'anthropic-messages', warnings, path })
  const encoded: Record<string, Json | undefined> = { name: tool.name }
  if (tool.description !== undefined) encoded['description'] = tool.description
  encoded['input_schema'] = encodeSchema(tool.schema)
  if (tool.strict !== undefined) encoded['strict'] = tool.strict
  if (tool.cache !== undefined) encoded['cache_control'] = encodeCacheMark(tool.cache)
  return { ...encoded, ...tool.extensions?.['anthropic-messages'] }
}

/** A schema is required here and is an object's: a tool without parameters has an empty one. */
function encodeSchema(schema: JsonObject | undefined): JsonObject {
  if (schema === undefined) return { type: 'object', properties: {} }
  return schema['type'] === undefined ? { type: 'object', ...schema } : schema
}

/** Which tool, and whether several at once, which only goes along with a choice. */
export function encodeToolChoice(request: ChatRequest, warnings: Warnings): JsonObject | undefined {
  const choice = encodeChoice(request, warnings)
  if (request.parallelToolCalls === undefined || choice?.['type'] === 'none') return choice
  if (choice === undefined && request.parallelToolCalls) return undefined
  return { ...(choice ?? { type: 'auto' }), disable_parallel_tool_use: !request.parallelToolCalls }
}

function encodeChoice({ toolChoice }: ChatRequest, warnings: Warnings): JsonObject | undefined {
  if (toolChoice === undefined) return undefined
  switch (toolChoice.type) {
    case 'function':
      return { type: 'tool', name: toolChoice.name }
    case 'required':
      return { type: 'any' }
    case 'opaque':
      if (toolChoice.wire === 'anthropic-messages') return toolChoice.value as JsonObject
      warnings.unsupported('tool_choice')
      return undefined
    default:
      return { type: toolChoice.type }
  }
}

/** The vendor holds the answer to a schema, which has neither name nor description; "some JSON" it does not know. */
export function encodeResponseFormat(
  format: ResponseFormat | undefined,
  warnings: Warnings,
): JsonObject | undefined {
  if (format?.type === 'json') warnings.unsupported('response_format')
  if (format?.type !== 'json-schema') return undefined
  if (format.description !== undefined) warnings.unsupported('response_format.json_schema.description')
  return { type: 'json_schema', schema: format.schema }
}
