import type { FunctionTool, Json, JsonObject, ResponseFormat, Tool, ToolChoice } from '#contract'
import type { Draft } from '../../draft.ts'
import { invalidRequest } from '../../invalid-request.ts'
import { asObject, parseObject } from '../../narrow.ts'
import {
  optionalBoolean,
  optionalObject,
  optionalText,
  requiredObject,
  requiredText,
} from '../../request-members.ts'
import { unknownMembers } from '../../unknown-members.ts'
import { decodeMarked } from './cache-point.ts'

const knownOfTool: ReadonlySet<string> = new Set(['name', 'description', 'inputSchema', 'strict'])

/** Tool definitions; the vendor's own tools (`systemTool`) and stray cache points stay opaque. */
export function decodeTools(tools: readonly Json[]): readonly Tool[] {
  const { items } = decodeMarked<Tool>(tools, (value, index) => {
    const path = `toolConfig.tools[${index}]`
    const tool = requiredObject(value, path)
    const spec = asObject(tool['toolSpec'])
    if (spec === undefined || Object.keys(tool).length > 1) {
      return { type: 'opaque', wire: 'bedrock-converse', value: tool }
    }
    return decodeTool(spec, `${path}.toolSpec.`)
  })
  return items
}

function decodeTool(spec: JsonObject, path: string): FunctionTool {
  const decoded: Draft<FunctionTool> = { type: 'function', name: requiredText(spec, 'name', path) }
  const description = optionalText(spec, 'description', path)
  if (description !== undefined) decoded.description = description
  const input = optionalObject(spec, 'inputSchema', path)
  const schema = input && optionalObject(input, 'json', `${path}inputSchema.`)
  if (schema !== undefined) decoded.schema = schema
  const strict = optionalBoolean(spec, 'strict', path)
  if (strict !== undefined) decoded.strict = strict
  const unknown = unknownMembers(spec, knownOfTool)
  if (unknown !== undefined) decoded.extensions = { 'bedrock-converse': unknown }
  return decoded
}

export function decodeToolChoice(choice: JsonObject | undefined): ToolChoice | undefined {
  if (choice === undefined) return undefined
  if (asObject(choice['auto']) !== undefined) return { type: 'auto' }
  if (asObject(choice['any']) !== undefined) return { type: 'required' }
  const tool = optionalObject(choice, 'tool', 'toolConfig.toolChoice.')
  if (tool === undefined) return { type: 'opaque', wire: 'bedrock-converse', value: choice }
  return { type: 'function', name: requiredText(tool, 'name', 'toolConfig.toolChoice.tool.') }
}

const knownOfSchema: ReadonlySet<string> = new Set(['schema', 'name', 'description'])

/**
 * `outputConfig.textFormat`, whose schema is JSON in a string. The vendor always holds to it. `undefined` for a format
 * of another structure, or for one that says more.
 */
export function decodeTextFormat(format: JsonObject): ResponseFormat | undefined {
  const at = 'outputConfig.textFormat.structure.jsonSchema'
  const structure = asObject(format['structure'])
  const definition = asObject(structure?.['jsonSchema'])
  const isPlain = format['type'] === 'json_schema' && Object.keys(structure ?? {}).length === 1
  if (definition === undefined || !isPlain) return undefined
  if (unknownMembers(definition, knownOfSchema) !== undefined) return undefined
  const schema = parseObject(requiredText(definition, 'schema', `${at}.`))
  if (schema === undefined) {
    throw invalidRequest(`${at}.schema`, `${at}.schema must be a JSON Schema object as a string.`)
  }
  const description = optionalText(definition, 'description', `${at}.`)
  return {
    type: 'json-schema',
    name: optionalText(definition, 'name', `${at}.`) ?? 'response',
    schema,
    strict: true,
    ...(description !== undefined && { description }),
  }
}
