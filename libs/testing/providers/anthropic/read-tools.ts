import { isJsonObject, type Json, type JsonObject } from '#contract'
import { inputFor } from '../tool-input.ts'
import type { Question } from '../types.ts'
import { invalid, required, wrongType } from './errors.ts'
import type { ReadMessages } from './read-messages.ts'

/** Checks `tools` and `tool_choice`, and decides the call: the named or first tool when the user spoke last. */
export function readToolCall(request: JsonObject, messages: ReadMessages): Question['toolCall'] {
  const tools = readTools(request['tools'])
  const choice = readToolChoice(request['tool_choice'], tools)
  if (choice.type === 'none' || tools.length === 0) return undefined
  const userSpoke = messages.lastRole === 'user' && !messages.endsWithToolResult
  if (choice.type === 'auto' && !userSpoke) return undefined
  const chosen = tools.find((tool) => tool['name'] === choice.name) ?? tools[0]
  if (chosen === undefined) return undefined
  return { name: String(chosen['name']), input: inputFor(chosen['input_schema'], messages.text) }
}

/** The caller's own tools; the vendor's own (`web_search_20250305`, …) are never called. */
function readTools(tools: Json | undefined): readonly JsonObject[] {
  if (tools === undefined || tools === null) return []
  if (!Array.isArray(tools)) throw wrongType('tools', 'a valid list')
  return tools.flatMap((tool: Json, index) => {
    const path = `tools.${index}`
    if (!isJsonObject(tool)) throw wrongType(path, 'a valid dictionary or object to extract fields from')
    if (tool['type'] !== undefined && tool['type'] !== 'custom') return []
    if (typeof tool['name'] !== 'string') throw required(`${path}.custom.name`)
    if (!/^[a-zA-Z0-9_-]{1,128}$/.test(tool['name'])) {
      throw invalid(`${path}.custom.name: String should match pattern '^[a-zA-Z0-9_-]{1,128}$'`)
    }
    if (!isJsonObject(tool['input_schema'])) throw required(`${path}.custom.input_schema`)
    if (tool['input_schema']['type'] !== 'object') {
      throw wrongType(`${path}.custom.input_schema.type`, "'object'")
    }
    return [tool]
  })
}

function readToolChoice(
  choice: Json | undefined,
  tools: readonly JsonObject[],
): { readonly type: string; readonly name?: string } {
  if (choice === undefined || choice === null) return { type: 'auto' }
  if (!isJsonObject(choice)) {
    throw wrongType('tool_choice', 'a valid dictionary or object to extract fields from')
  }
  const { type, name } = choice
  if (typeof type !== 'string' || !['auto', 'any', 'tool', 'none'].includes(type)) {
    throw invalid(
      `tool_choice: Input tag '${String(type)}' found using 'type' does not match any of the expected tags: 'auto', 'any', 'tool', 'none'`,
    )
  }
  if (type !== 'tool') return { type }
  if (typeof name !== 'string') throw required('tool_choice.tool.name')
  if (!tools.some((tool) => tool['name'] === name)) {
    throw invalid(`tool_choice: Tool '${name}' not found in provided tools`)
  }
  return { type, name }
}
