import type { Json, JsonObject } from '#contract'
import { asObject, asText } from '../narrow.ts'

type Value = Json | undefined

/** Flat tools and Anthropic's as those of chat; the same list where there are none. */
export function normalizeTools(tools: Value): Value {
  if (!Array.isArray(tools)) return tools
  const normal = tools.map((tool: Json) => normalizeTool(tool))
  return normal.every((tool, index) => tool === tools[index]) ? tools : normal
}

function normalizeTool(value: Json): Json {
  const tool = asObject(value)
  if (tool === undefined || asText(tool['name']) === undefined) return value
  const { type } = tool
  if (type === 'custom' && tool['custom'] === undefined && tool['input_schema'] === undefined) {
    return customTool(tool)
  }
  // Without a type, or with the one that Anthropic has for it, it is one of Anthropic's.
  const isAnthropics = (type === undefined || type === 'custom') && tool['input_schema'] !== undefined
  const isFlat = (type === 'function' || type === undefined) && tool['function'] === undefined
  return isAnthropics || isFlat ? functionTool(tool) : value
}

function functionTool(tool: JsonObject): JsonObject {
  const { type: _kind, input_schema, cache_control, parameters = input_schema, ...definition } = tool
  return {
    type: 'function',
    function: parameters === undefined ? definition : { ...definition, parameters },
    ...(cache_control !== undefined && { cache_control }),
  }
}

/** CustomTool of the Responses API as ChatCompletionCustomTool, whose grammar lies one level deeper (openai 7.57.0). */
export function customTool({ type: _kind, format, ...custom }: JsonObject): JsonObject {
  if (format === undefined) return { type: 'custom', custom }
  const { type, ...grammar } = asObject(format) ?? {}
  return { type: 'custom', custom: { ...custom, format: type === 'grammar' ? { type, grammar } : format } }
}

export function normalizeToolChoice(value: Value): Value {
  const choice = asObject(value)
  if (choice === undefined) return value
  const { type, name } = choice
  switch (type) {
    case 'auto':
    case 'none':
      return type
    case 'any':
      return 'required'
    case 'tool':
      return { type: 'function', function: { name: name ?? '' } }
    case 'function':
    case 'custom':
      return choice[type] === undefined && name !== undefined ? { type, [type]: { name } } : value
    default:
      return value
  }
}
