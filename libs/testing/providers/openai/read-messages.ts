import { isJsonObject, type Json, type JsonObject } from '#contract'
import { invalid, missing, wrongType, wrongValue } from './errors.ts'

const roles = ['system', 'assistant', 'user', 'function', 'tool', 'developer']
const partTypes = ['text', 'image_url', 'input_audio', 'refusal', 'audio', 'file']

export type ReadMessages = {
  /** Text of the last user message. */
  readonly text: string
  readonly characters: number
  readonly lastRole: string
}

/** Checks `messages` as the vendor does: roles, content types, the members that a role needs. */
export function readMessages(value: Json | undefined): ReadMessages {
  if (value === undefined || value === null) throw missing('messages')
  if (!Array.isArray(value)) throw wrongType('messages', 'an array of objects', value)
  if (value.length === 0) {
    throw invalid(
      "Invalid 'messages': empty array. Expected an array with minimum length 1, but got an empty array instead.",
      'messages',
      'empty_array',
    )
  }
  let text = ''
  let characters = 0
  let lastRole = ''
  for (const [index, message] of value.entries()) {
    const path = `messages[${index}]`
    if (!isJsonObject(message)) throw wrongType(path, 'an object', message)
    lastRole = readRole(message, path)
    const content = readContent(message, path, lastRole)
    characters += content.length
    if (lastRole === 'user') text = content
  }
  return { text, characters, lastRole }
}

function readRole(message: JsonObject, path: string): string {
  const role = message['role']
  if (role === undefined || role === null) throw missing(`${path}.role`)
  if (typeof role !== 'string') throw wrongType(`${path}.role`, 'a string', role)
  if (!roles.includes(role)) throw wrongValue(`${path}.role`, role, roles)
  if (role === 'tool' && typeof message['tool_call_id'] !== 'string') throw missing(`${path}.tool_call_id`)
  return role
}

function readContent(message: JsonObject, path: string, role: string): string {
  const content = message['content']
  if (typeof content === 'string') return content
  if (content === undefined || content === null) {
    if (role === 'assistant' || role === 'function') return ''
    throw content === null
      ? wrongType(`${path}.content`, 'one of a string or array of objects', content)
      : missing(`${path}.content`)
  }
  if (!Array.isArray(content)) {
    throw wrongType(`${path}.content`, 'one of a string or array of objects', content)
  }
  return content.map((part: Json, index) => readPart(part, `${path}.content[${index}]`)).join('')
}

function readPart(part: Json, path: string): string {
  if (!isJsonObject(part)) throw wrongType(path, 'an object', part)
  const type = part['type']
  if (type === undefined || type === null) throw missing(`${path}.type`)
  if (typeof type !== 'string') throw wrongType(`${path}.type`, 'a string', type)
  if (!partTypes.includes(type)) throw wrongValue(`${path}.type`, type, partTypes)
  if (type === 'text') {
    const text = part['text']
    if (text === undefined) throw missing(`${path}.text`)
    if (typeof text !== 'string') throw wrongType(`${path}.text`, 'a string', text)
    return text
  }
  if (type === 'image_url') checkImage(part['image_url'], `${path}.image_url`)
  return ''
}

function checkImage(image: Json | undefined, path: string): void {
  if (image === undefined || image === null) throw missing(path)
  if (!isJsonObject(image)) throw wrongType(path, 'an object', image)
  const url = image['url']
  if (url === undefined || url === null) throw missing(`${path}.url`)
  if (typeof url !== 'string') throw wrongType(`${path}.url`, 'a string', url)
}
