import type { Json, JsonObject, ReasoningOptions, ResponseFormat, Tool, ToolChoice } from '#contract'
import type { Draft } from '../../draft.ts'
import { invalidRequest } from '../../invalid-request.ts'
import {
  optionalNumber,
  optionalObject,
  optionalText,
  requiredObject,
  requiredText,
} from '../../request-members.ts'

type FunctionTool = Extract<Tool, { type: 'function' }>

/** The name that a schema gets where other wires want one: this wire's schemas have none. */
export const schemaName = 'response'

/** `strict` is one for all tools here. */
export function decodeTools(
  tools: readonly Json[] | undefined,
  strict: boolean | undefined,
): readonly Tool[] | undefined {
  return tools?.map((value, index) => {
    const path = `tools[${index}]`
    const tool = requiredObject(value, path)
    if (tool['type'] !== 'function') return { type: 'opaque', wire: 'cohere-v2', value: tool }
    return decodeFunction(requiredObject(tool['function'], `${path}.function`), strict, `${path}.function.`)
  })
}

function decodeFunction(definition: JsonObject, strict: boolean | undefined, path: string): FunctionTool {
  const decoded: Draft<FunctionTool> = { type: 'function', name: requiredText(definition, 'name', path) }
  const description = optionalText(definition, 'description', path)
  if (description !== undefined) decoded.description = description
  const schema = optionalObject(definition, 'parameters', path)
  if (schema !== undefined) decoded.schema = schema
  if (strict !== undefined) decoded.strict = strict
  return decoded
}

export function decodeToolChoice(choice: string | undefined): ToolChoice | undefined {
  switch (choice) {
    case undefined:
      return undefined
    case 'REQUIRED':
      return { type: 'required' }
    case 'NONE':
      return { type: 'none' }
    default:
      throw invalidRequest(
        'tool_choice',
        'tool_choice must be REQUIRED or NONE, or be left out.',
        'invalid_value',
      )
  }
}

export function decodeResponseFormat(format: JsonObject | undefined): ResponseFormat | undefined {
  if (format === undefined) return undefined
  switch (format['type']) {
    case 'text':
      return { type: 'text' }
    case 'json_object': {
      const schema = optionalObject(format, 'json_schema', 'response_format.')
      return schema === undefined ? { type: 'json' } : { type: 'json-schema', name: schemaName, schema }
    }
    default:
      throw invalidRequest(
        'response_format.type',
        'response_format.type must be text or json_object.',
        'invalid_value',
      )
  }
}

export function decodeThinking(thinking: JsonObject | undefined): ReasoningOptions | undefined {
  if (thinking === undefined) return undefined
  const type = requiredText(thinking, 'type', 'thinking.')
  if (type !== 'enabled' && type !== 'disabled') {
    throw invalidRequest('thinking.type', 'thinking.type must be enabled or disabled.', 'invalid_value')
  }
  const budgetTokens = optionalNumber(thinking, 'token_budget', 'thinking.')
  const enabled = type === 'enabled'
  return budgetTokens === undefined ? { enabled } : { enabled, budgetTokens }
}
