import type { Json, JsonObject, ReasoningOptions, ResponseFormat, Tool, ToolChoice } from '#contract'
import type { Draft } from '../../draft.ts'
import { invalidRequest } from '../../invalid-request.ts'
import { asObject } from '../../narrow.ts'
import {
  optionalBoolean,
  optionalObject,
  optionalText,
  requiredObject,
  requiredText,
} from '../../request-members.ts'

type FunctionTool = Extract<Tool, { type: 'function' }>
type JsonSchemaFormat = Extract<ResponseFormat, { type: 'json-schema' }>

const efforts: ReadonlySet<string> = new Set(['none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max'])

/** Tool definitions; the vendor's other kinds (`custom`) stay opaque. */
export function decodeTools(tools: readonly Json[] | undefined): readonly Tool[] | undefined {
  return tools?.map((value, index) => {
    const path = `tools[${index}]`
    const tool = requiredObject(value, path)
    if (tool['type'] !== 'function') return { type: 'opaque', wire: 'openai-chat', value: tool }
    return decodeFunction(tool, path)
  })
}

function decodeFunction(tool: JsonObject, path: string): FunctionTool {
  const definition = requiredObject(tool['function'], `${path}.function`)
  const inside = `${path}.function.`
  const decoded: Draft<FunctionTool> = { type: 'function', name: requiredText(definition, 'name', inside) }
  const description = optionalText(definition, 'description', inside)
  if (description !== undefined) decoded.description = description
  const schema = optionalObject(definition, 'parameters', inside)
  if (schema !== undefined) decoded.schema = schema
  const strict = optionalBoolean(definition, 'strict', inside)
  if (strict !== undefined) decoded.strict = strict
  if (asObject(tool['cache_control']) !== undefined) decoded.cache = {}
  return decoded
}

export function decodeToolChoice(choice: Json | undefined): ToolChoice | undefined {
  if (choice === undefined || choice === null) return undefined
  if (choice === 'auto' || choice === 'none' || choice === 'required') return { type: choice }
  const object = requiredObject(choice, 'tool_choice')
  const named = asObject(object['function'])
  if (named === undefined) return { type: 'opaque', wire: 'openai-chat', value: object }
  return { type: 'function', name: requiredText(named, 'name', 'tool_choice.function.') }
}

export function decodeResponseFormat(format: JsonObject | undefined): ResponseFormat | undefined {
  if (format === undefined) return undefined
  switch (format['type']) {
    case 'text':
      return { type: 'text' }
    case 'json_object':
      return { type: 'json' }
    case 'json_schema':
      return decodeJsonSchema(requiredObject(format['json_schema'], 'response_format.json_schema'))
    default:
      throw invalidRequest(
        'response_format.type',
        'response_format.type must be text, json_object or json_schema.',
        'invalid_value',
      )
  }
}

function decodeJsonSchema(format: JsonObject): ResponseFormat {
  const path = 'response_format.json_schema.'
  const decoded: Draft<JsonSchemaFormat> = {
    type: 'json-schema',
    name: requiredText(format, 'name', path),
    schema: optionalObject(format, 'schema', path) ?? {},
  }
  const description = optionalText(format, 'description', path)
  if (description !== undefined) decoded.description = description
  const strict = optionalBoolean(format, 'strict', path)
  if (strict !== undefined) decoded.strict = strict
  return decoded
}

/** `param`: where the effort stood. */
export function decodeReasoning(
  effort: string | undefined,
  param = 'reasoning_effort',
): ReasoningOptions | undefined {
  if (effort === undefined) return undefined
  if (!efforts.has(effort)) {
    throw invalidRequest(param, `${param} must be one of ${[...efforts].join(', ')}.`, 'invalid_value')
  }
  return { effort: effort as NonNullable<ReasoningOptions['effort']>, enabled: effort !== 'none' }
}
