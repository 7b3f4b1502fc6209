import { isJsonObject, type Json, type JsonObject } from '#contract'
import { inputFor } from '../tool-input.ts'
import type { Question } from '../types.ts'
import { invalid, missing, wrongType } from './errors.ts'
import { readChoice } from './read-choice.ts'
import type { ReadMessages } from './read-messages.ts'

/** Checks `tools` and `tool_choice`, and decides the call: the named or first function when the user spoke last. */
export function readToolCall(request: JsonObject, messages: ReadMessages): Question['toolCall'] {
  const functions = readFunctions(request['tools'])
  const choice = readToolChoice(request['tool_choice'], functions)
  if (choice === 'none' || functions.length === 0) return undefined
  if (choice === 'auto' && messages.lastRole !== 'user') return undefined
  const chosen = functions.find((tool) => tool['name'] === choice) ?? functions[0]
  if (chosen === undefined) return undefined
  return { name: String(chosen['name']), input: inputFor(chosen['parameters'], messages.text) }
}

function readFunctions(tools: Json | undefined): readonly JsonObject[] {
  if (tools === undefined || tools === null) return []
  if (!Array.isArray(tools)) throw wrongType('tools', 'an array of objects', tools)
  return tools.flatMap((tool: Json, index) => readFunction(tool, `tools[${index}]`))
}

function readFunction(tool: Json, path: string): readonly JsonObject[] {
  if (!isJsonObject(tool)) throw wrongType(path, 'an object', tool)
  const type = readChoice(tool['type'], `${path}.type`, ['function', 'custom'])
  if (type === undefined) throw missing(`${path}.type`)
  if (type === 'custom') return []
  const described = tool['function']
  if (described === undefined) throw missing(`${path}.function`)
  if (!isJsonObject(described)) throw wrongType(`${path}.function`, 'an object', described)
  if (described['name'] === undefined) throw missing(`${path}.function.name`)
  if (typeof described['name'] !== 'string') {
    throw wrongType(`${path}.function.name`, 'a string', described['name'])
  }
  return [described]
}

/** `auto`, `none`, `required` or the name of a function. */
function readToolChoice(choice: Json | undefined, functions: readonly JsonObject[]): string {
  if (choice === undefined || choice === null) return 'auto'
  if (functions.length === 0) {
    throw invalid("'tool_choice' is only allowed when 'tools' are specified.", 'tool_choice', null)
  }
  if (typeof choice === 'string')
    return readChoice(choice, 'tool_choice', ['none', 'auto', 'required']) ?? 'auto'
  if (!isJsonObject(choice)) throw wrongType('tool_choice', 'one of a string or object', choice)
  const named = isJsonObject(choice['function']) ? choice['function']['name'] : undefined
  if (!functions.some((tool) => tool['name'] === named)) {
    throw invalid("Tool choice 'function' not found in 'tools' parameter.", 'tool_choice', null)
  }
  return String(named)
}
