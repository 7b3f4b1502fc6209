import { isJsonObject, type Json, type JsonObject } from '#contract'
import { inputFor } from '../tool-input.ts'
import type { Question } from '../types.ts'
import { invalid, unknownField, wrongType } from './errors.ts'
import type { ReadMessages } from './read-messages.ts'

/** Checks `tools`, and decides the call: the first function when the user spoke last, or when one is required. */
export function readToolCall(request: JsonObject, messages: ReadMessages): Question['toolCall'] {
  const functions = readFunctions(request['tools'])
  const choice = request['tool_choice']
  const [first] = functions
  if (first === undefined) {
    if (choice === 'REQUIRED') throw invalid('tools must be specified when tool_choice is REQUIRED.')
    return undefined
  }
  if (choice === 'NONE' || (choice !== 'REQUIRED' && messages.lastRole !== 'user')) return undefined
  return { name: String(first['name']), input: inputFor(first['parameters'], messages.text) }
}

function readFunctions(tools: Json | undefined): readonly JsonObject[] {
  if (tools === undefined || tools === null) return []
  if (!Array.isArray(tools)) throw wrongType('tools', tools, 'array of objects')
  return tools.map((tool: Json, index) => readFunction(tool, `tools[${index}]`))
}

/** `ToolV2Function`: name and parameters are required (cohere-ai 8.1.0). */
function readFunction(tool: Json, path: string): JsonObject {
  if (!isJsonObject(tool)) throw wrongType(path, tool, 'object')
  if (tool['type'] !== 'function') throw invalid(`${path}.type must be function.`)
  const described = tool['function']
  if (!isJsonObject(described)) throw wrongType(`${path}.function`, described, 'object')
  for (const name of Object.keys(described)) {
    if (!['name', 'description', 'parameters'].includes(name)) throw unknownField(`${path}.function.${name}`)
  }
  const { name, parameters } = described
  if (typeof name !== 'string') throw wrongType(`${path}.function.name`, name, 'string')
  if (!isJsonObject(parameters)) throw wrongType(`${path}.function.parameters`, parameters, 'object')
  return described
}
