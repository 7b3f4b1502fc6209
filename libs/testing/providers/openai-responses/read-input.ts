import { isJsonObject, type Json, type JsonObject } from '#contract'
import { invalid, missing, wrongType, wrongValue } from '../openai/errors.ts'

const roles = ['assistant', 'system', 'developer', 'user']
const saidTypes = ['input_text', 'input_image', 'input_file']
const outputTypes = ['output_text', 'refusal']

/** Every kind of input item (openai 7.57.0, ResponseInputItem), and how the id of those checked here begins. */
const itemTypes = [
  ...['message', 'file_search_call', 'computer_call', 'computer_call_output', 'web_search_call'],
  ...['function_call', 'function_call_output', 'tool_search_call', 'tool_search_output', 'additional_tools'],
  ...['configuration_update', 'reasoning', 'compaction', 'image_generation_call', 'code_interpreter_call'],
  ...['local_shell_call', 'local_shell_call_output', 'shell_call', 'shell_call_output', 'apply_patch_call'],
  ...[
    'apply_patch_call_output',
    'mcp_list_tools',
    'mcp_approval_request',
    'mcp_approval_response',
    'mcp_call',
  ],
  ...['custom_tool_call_output', 'custom_tool_call', 'compaction_trigger', 'item_reference', 'program'],
  'program_output',
]
const idPrefixes: Readonly<Record<string, string>> = { message: 'msg', function_call: 'fc', reasoning: 'rs' }

export type ReadInput = {
  /** Text of the last user message. */
  readonly text: string
  readonly characters: number
  /** `user`, `assistant`, …, or the type of the last item. */
  readonly lastRole: string
}

/** While the items are read. */
type Reading = {
  text: string
  characters: number
  lastRole: string
  calls: Set<string>
  answered: Set<string>
}

/** Checks `input` as the vendor does. `continues`: an earlier response is named, whose calls may be answered. */
export function readInput(value: Json | undefined, continues: boolean): ReadInput {
  if (value === undefined || value === null) {
    if (continues) return { text: '', characters: 0, lastRole: '' }
    throw invalid(
      "Missing required parameter: one of 'input', 'previous_response_id', 'prompt' or 'conversation' must be provided.",
      'input',
      'missing_required_parameter',
    )
  }
  if (typeof value === 'string') return { text: value, characters: value.length, lastRole: 'user' }
  if (!Array.isArray(value)) throw wrongType('input', 'one of a string or array of input items', value)
  const reading: Reading = { text: '', characters: 0, lastRole: '', calls: new Set(), answered: new Set() }
  for (const [index, item] of value.entries()) readItem(item, `input[${index}]`, reading)
  checkCalls(reading, continues)
  return reading
}

function checkCalls({ calls, answered }: Reading, continues: boolean): void {
  const open = [...calls].find((id) => !answered.has(id))
  if (open !== undefined) throw invalid(`No tool output found for function call ${open}.`, 'input', null)
  const unasked = [...answered].find((id) => !calls.has(id))
  if (unasked !== undefined && !continues) {
    throw invalid(`No tool call found for function call output with call_id ${unasked}.`, 'input', null)
  }
}

function readItem(item: Json, path: string, reading: Reading): void {
  if (!isJsonObject(item)) throw wrongType(path, 'an object', item)
  const type = readType(item, path)
  checkId(item, type, path)
  switch (type) {
    case 'message':
      readMessage(item, path, reading)
      return
    case 'function_call':
      reading.calls.add(text(item, 'call_id', path))
      text(item, 'name', path)
      reading.characters += text(item, 'arguments', path).length
      break
    case 'function_call_output':
      reading.answered.add(text(item, 'call_id', path))
      reading.characters += readContent(item['output'], `${path}.output`, saidTypes).length
      break
    case 'reasoning':
      checkReasoning(item, path)
      break
    default:
      break
  }
  reading.lastRole = type
}

function readType(item: JsonObject, path: string): string {
  const type = item['type'] ?? (item['role'] === undefined ? undefined : 'message')
  if (type === undefined) throw missing(`${path}.type`)
  if (typeof type !== 'string') throw wrongType(`${path}.type`, 'a string', type)
  if (!itemTypes.includes(type)) throw wrongValue(`${path}.type`, type, itemTypes)
  return type
}

function checkId(item: JsonObject, type: string, path: string): void {
  const { id } = item
  const prefix = idPrefixes[type]
  if (id === undefined || id === null || prefix === undefined) return
  if (typeof id !== 'string') throw wrongType(`${path}.id`, 'a string', id)
  if (!id.startsWith(prefix)) {
    const message = `Invalid '${path}.id': '${id}'. Expected an ID that begins with '${prefix}'.`
    throw invalid(message, `${path}.id`, 'invalid_value')
  }
  if (id.length > 64) {
    const message = `Invalid '${path}.id': string too long. Expected a string with maximum length 64, but got a string with length ${id.length} instead.`
    throw invalid(message, `${path}.id`, 'string_above_max_length')
  }
}

function readMessage(item: JsonObject, path: string, reading: Reading): void {
  const { role } = item
  if (role === undefined || role === null) throw missing(`${path}.role`)
  if (typeof role !== 'string') throw wrongType(`${path}.role`, 'a string', role)
  if (!roles.includes(role)) throw wrongValue(`${path}.role`, role, roles)
  const types = role === 'assistant' ? outputTypes : saidTypes
  const content = readContent(item['content'], `${path}.content`, types)
  reading.characters += content.length
  reading.lastRole = role
  if (role === 'user') reading.text = content
}

function readContent(content: Json | undefined, path: string, types: readonly string[]): string {
  if (typeof content === 'string') return content
  if (content === undefined) throw missing(path)
  if (!Array.isArray(content)) throw wrongType(path, 'one of a string or array of objects', content)
  return content.map((part: Json, index) => readPart(part, `${path}[${index}]`, types)).join('')
}

function readPart(part: Json, path: string, types: readonly string[]): string {
  if (!isJsonObject(part)) throw wrongType(path, 'an object', part)
  const { type } = part
  if (type === undefined || type === null) throw missing(`${path}.type`)
  if (typeof type !== 'string') throw wrongType(`${path}.type`, 'a string', type)
  if (!types.includes(type)) throw wrongValue(`${path}.type`, type, types)
  switch (type) {
    case 'input_image':
      oneOf(part, ['image_url', 'file_id'], path)
      return ''
    case 'input_file':
      checkFile(part, path)
      return ''
    case 'refusal':
      return text(part, 'refusal', path)
    default:
      return text(part, 'text', path)
  }
}

function checkFile(part: JsonObject, path: string): void {
  oneOf(part, ['file_id', 'file_data', 'file_url'], path)
  if (typeof part['file_data'] === 'string') text(part, 'filename', path)
}

function oneOf(part: JsonObject, names: readonly string[], path: string): void {
  if (names.some((name) => typeof part[name] === 'string')) return
  throw invalid(`Missing one of the required parameters ${names.join(', ')} in '${path}'.`, path, null)
}

/** This vendor remembers no reasoning: what comes back without its encrypted form is not found. */
function checkReasoning(item: JsonObject, path: string): void {
  if (!Array.isArray(item['summary'])) throw missing(`${path}.summary`)
  const encrypted = item['encrypted_content']
  if (typeof encrypted !== 'string') {
    const message = `Item with id '${String(item['id'])}' not found. Items are not persisted when \`store\` is set to false. Try again with \`store\` set to true, or remove this item from your input.`
    throw invalid(message, 'input', null)
  }
  if (!encrypted.startsWith(encryptedPrefix)) {
    throw invalid(
      `The encrypted content for item ${String(item['id'])} could not be verified.`,
      null,
      'invalid_encrypted_content',
    )
  }
}

/** How the encrypted form of this vendor's reasoning begins. */
export const encryptedPrefix = 'gAAAAAB'

function text(object: JsonObject, name: string, path: string): string {
  const value = object[name]
  if (value === undefined || value === null) throw missing(`${path}.${name}`)
  if (typeof value !== 'string') throw wrongType(`${path}.${name}`, 'a string', value)
  return value
}
