import { isJsonObject, type Json, type JsonObject } from '#contract'
import { invalid, missing, wrongType } from '../openai/errors.ts'
import { readChoice } from '../openai/read-choice.ts'
import { inputFor } from '../tool-input.ts'
import type { Question } from '../types.ts'
import type { ReadInput } from './read-input.ts'

/** Every kind of tool (openai 7.57.0, Tool). */
const toolTypes = [
  ...['function', 'file_search', 'computer', 'computer_use_preview', 'web_search', 'web_search_2025_08_26'],
  ...['mcp', 'code_interpreter', 'programmatic_tool_calling', 'image_generation', 'local_shell', 'shell'],
  ...[
    'custom',
    'namespace',
    'tool_search',
    'web_search_preview',
    'web_search_preview_2025_03_11',
    'apply_patch',
  ],
]

/** Checks `tools` and `tool_choice`, and decides the call: the named or first function when the user spoke last. */
export function readToolCall(request: JsonObject, input: ReadInput): Question['toolCall'] {
  const functions = readFunctions(request['tools'])
  const choice = readToolChoice(request['tool_choice'], functions)
  if (choice === 'none' || functions.length === 0) return undefined
  if (choice === 'auto' && input.lastRole !== 'user') return undefined
  const chosen = functions.find((tool) => tool['name'] === choice) ?? functions[0]
  if (chosen === undefined) return undefined
  return { name: String(chosen['name']), input: inputFor(chosen['parameters'], input.text) }
}

function readFunctions(tools: Json | undefined): readonly JsonObject[] {
  if (tools === undefined || tools === null) return []
  if (!Array.isArray(tools)) throw wrongType('tools', 'an array of objects', tools)
  return tools.flatMap((tool: Json, index) => readTool(tool, `tools[${index}]`))
}

function readTool(tool: Json, path: string): readonly JsonObject[] {
  if (!isJsonObject(tool)) throw wrongType(path, 'an object', tool)
  const type = readChoice(tool['type'], `${path}.type`, toolTypes)
  if (type === undefined) throw missing(`${path}.type`)
  if (type !== 'function') return []
  const { name, parameters, strict } = tool
  if (name === undefined) throw missing(`${path}.name`)
  if (typeof name !== 'string') throw wrongType(`${path}.name`, 'a string', name)
  if (!/^[\w-]{1,128}$/.test(name)) {
    const message = `Invalid '${path}.name': string does not match pattern. Expected a string that matches the pattern '^[a-zA-Z0-9_-]+$'.`
    throw invalid(message, `${path}.name`, 'invalid_value')
  }
  if (parameters !== undefined && parameters !== null && !isJsonObject(parameters)) {
    throw wrongType(`${path}.parameters`, 'an object', parameters)
  }
  if (strict !== undefined && strict !== null && typeof strict !== 'boolean') {
    throw wrongType(`${path}.strict`, 'a boolean', strict)
  }
  return [tool]
}

/** `auto`, `none`, `required` or the name of a function. */
function readToolChoice(choice: Json | undefined, functions: readonly JsonObject[]): string {
  if (choice === undefined || choice === null) return 'auto'
  if (typeof choice === 'string')
    return readChoice(choice, 'tool_choice', ['none', 'auto', 'required']) ?? 'auto'
  if (!isJsonObject(choice)) throw wrongType('tool_choice', 'one of a string or object', choice)
  if (choice['type'] === undefined) throw missing('tool_choice.type')
  if (choice['type'] !== 'function') return 'auto'
  if (!functions.some((tool) => tool['name'] === choice['name'])) {
    throw invalid("Tool choice 'function' not found in 'tools' parameter.", 'tool_choice', null)
  }
  return String(choice['name'])
}
