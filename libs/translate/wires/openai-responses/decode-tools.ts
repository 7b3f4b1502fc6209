import type {
  FunctionTool,
  Json,
  JsonObject,
  ReasoningOptions,
  ResponseFormat,
  Tool,
  ToolChoice,
} from '#contract'
import type { Draft } from '../../draft.ts'
import { invalidRequest } from '../../invalid-request.ts'
import {
  optionalBoolean,
  optionalObject,
  optionalText,
  requiredObject,
  requiredText,
} from '../../request-members.ts'
import { unknownMembers } from '../../unknown-members.ts'
import { decodeReasoning as decodeEffort } from '../openai-chat/decode-tools.ts'

type JsonSchemaFormat = Extract<ResponseFormat, { type: 'json-schema' }>

const knownOfFunction: ReadonlySet<string> = new Set(['type', 'name', 'description', 'parameters', 'strict'])

/** Functions; the vendor's own tools (web search, custom, MCP, …) stay opaque. */
export function decodeTools(tools: readonly Json[] | undefined): readonly Tool[] | undefined {
  return tools?.map((value, index) => {
    const path = `tools[${index}]`
    const tool = requiredObject(value, path)
    if (tool['type'] !== 'function') return { type: 'opaque', wire: 'openai-responses', value: tool }
    return decodeFunction(tool, `${path}.`)
  })
}

function decodeFunction(tool: JsonObject, path: string): FunctionTool {
  const decoded: Draft<FunctionTool> = { type: 'function', name: requiredText(tool, 'name', path) }
  const description = optionalText(tool, 'description', path)
  if (description !== undefined) decoded.description = description
  const schema = optionalObject(tool, 'parameters', path)
  if (schema !== undefined) decoded.schema = schema
  const strict = optionalBoolean(tool, 'strict', path)
  if (strict !== undefined) decoded.strict = strict
  const unknown = unknownMembers(tool, knownOfFunction)
  if (unknown !== undefined) decoded.extensions = { 'openai-responses': unknown }
  return decoded
}

export function decodeToolChoice(choice: Json | undefined): ToolChoice | undefined {
  if (choice === undefined || choice === null) return undefined
  if (choice === 'auto' || choice === 'none' || choice === 'required') return { type: choice }
  const object = requiredObject(choice, 'tool_choice')
  if (object['type'] !== 'function') return { type: 'opaque', wire: 'openai-responses', value: object }
  return { type: 'function', name: requiredText(object, 'name', 'tool_choice.') }
}

/** `text.format`. */
export function decodeFormat(format: JsonObject | undefined): ResponseFormat | undefined {
  if (format === undefined) return undefined
  switch (format['type']) {
    case 'text':
      return { type: 'text' }
    case 'json_object':
      return { type: 'json' }
    case 'json_schema':
      return decodeJsonSchema(format)
    default:
      throw invalidRequest(
        'text.format.type',
        'text.format.type must be text, json_object or json_schema.',
        'invalid_value',
      )
  }
}

function decodeJsonSchema(format: JsonObject): ResponseFormat {
  const path = 'text.format.'
  const decoded: Draft<JsonSchemaFormat> = {
    type: 'json-schema',
    name: requiredText(format, 'name', path),
    schema: requiredObject(format['schema'], 'text.format.schema'),
  }
  const description = optionalText(format, 'description', path)
  if (description !== undefined) decoded.description = description
  const strict = optionalBoolean(format, 'strict', path)
  if (strict !== undefined) decoded.strict = strict
  return decoded
}

/** `reasoning.effort` and `reasoning.summary`. */
export function decodeReasoning(reasoning: JsonObject | undefined): ReasoningOptions | undefined {
  if (reasoning === undefined) return undefined
  const effort = decodeEffort(optionalText(reasoning, 'effort', 'reasoning.'), 'reasoning.effort')
  const summary = optionalText(reasoning, 'summary', 'reasoning.')
  if (effort === undefined && summary === undefined) return undefined
  return summary === undefined ? effort : { ...effort, summary }
}
