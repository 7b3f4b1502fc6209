import { isJsonObject, type Json, type JsonObject } from '#contract'
import { invalid, unknownField, wrongType } from './errors.ts'

/** Members and content blocks of each role (`ChatMessageV2`, cohere-ai 8.1.0). */
const roles: Readonly<
  Record<string, { readonly members: readonly string[]; readonly blocks: readonly string[] }>
> = {
  system: { members: ['role', 'content'], blocks: ['text'] },
  user: { members: ['role', 'content'], blocks: ['text', 'image_url'] },
  assistant: {
    members: ['role', 'content', 'tool_calls', 'tool_plan', 'citations'],
    blocks: ['text', 'thinking'],
  },
  tool: { members: ['role', 'content', 'tool_call_id'], blocks: ['text', 'document'] },
}

export type ReadMessages = {
  /** Text of the last user message. */
  readonly text: string
  readonly characters: number
  readonly lastRole: string
}

/** Checks `messages` as the vendor does: roles, their members and blocks, calls before their results. */
export function readMessages(value: Json | undefined): ReadMessages {
  if (value === undefined || value === null) throw invalid('messages is required')
  if (!Array.isArray(value)) throw wrongType('messages', value, 'array of objects')
  if (value.length === 0) throw invalid('messages must have at least one item.')
  const called = new Set<string>()
  let text = ''
  let characters = 0
  let lastRole = ''
  for (const [index, message] of value.entries()) {
    const path = `messages[${index}]`
    if (!isJsonObject(message)) throw wrongType(path, message, 'object')
    lastRole = readRole(message, path)
    const content = readContent(message, lastRole, path)
    characters += content.length
    if (lastRole === 'user') text = content
    if (lastRole === 'assistant') readCalls(message, path, called)
    if (lastRole === 'tool') checkResult(message, path, called)
  }
  return { text, characters, lastRole }
}

function readRole(message: JsonObject, path: string): string {
  const { role } = message
  if (typeof role !== 'string') throw wrongType(`${path}.role`, role, 'string')
  const known = Object.hasOwn(roles, role) ? roles[role] : undefined
  if (known === undefined) {
    throw invalid(`${path}.role must be one of ${Object.keys(roles).join(', ')}.`)
  }
  for (const name of Object.keys(message)) {
    if (!known.members.includes(name)) throw unknownField(`${path}.${name}`)
  }
  return role
}

function readContent(message: JsonObject, role: string, path: string): string {
  const { content } = message
  const says = message['tool_calls'] !== undefined || message['tool_plan'] !== undefined
  if (content === undefined || content === null) {
    if (role === 'assistant' && says) return ''
    throw invalid(`${path}: message must have content, tool_calls or tool_plan.`)
  }
  if (typeof content === 'string') return content
  if (!Array.isArray(content)) throw wrongType(`${path}.content`, content, 'string or array of objects')
  return content.map((block: Json, index) => readBlock(block, role, `${path}.content[${index}]`)).join('')
}

function readBlock(block: Json, role: string, path: string): string {
  if (!isJsonObject(block)) throw wrongType(path, block, 'object')
  const type = String(block['type'])
  if (!roles[role]?.blocks.includes(type)) {
    throw invalid(`${path}.type must be one of ${roles[role]?.blocks.join(', ')}.`)
  }
  for (const name of Object.keys(block)) {
    if (name !== 'type' && name !== type) throw unknownField(`${path}.${name}`)
  }
  const value = block[type]
  if (type === 'image_url') {
    checkImage(value, `${path}.image_url`)
    return ''
  }
  if (type === 'document') {
    if (!isJsonObject(value)) throw wrongType(`${path}.document`, value, 'object')
    return JSON.stringify(value)
  }
  if (typeof value !== 'string') throw wrongType(`${path}.${type}`, value, 'string')
  return type === 'text' ? value : ''
}

function checkImage(image: Json | undefined, path: string): void {
  if (!isJsonObject(image)) throw wrongType(path, image, 'object')
  const { url, detail } = image
  if (typeof url !== 'string') throw wrongType(`${path}.url`, url, 'string')
  if (!/^(?:https?:\/\/|data:image\/[\w.+-]+;base64,)/.test(url)) {
    throw invalid(`${path}.url must be a web URL or a base64 data URI.`)
  }
  if (detail !== undefined && !['auto', 'low', 'high'].includes(String(detail))) {
    throw invalid(`${path}.detail must be one of auto, low, high.`)
  }
}

function readCalls(message: JsonObject, path: string, called: Set<string>): void {
  const calls = message['tool_calls']
  if (calls === undefined || calls === null) return
  if (!Array.isArray(calls)) throw wrongType(`${path}.tool_calls`, calls, 'array of objects')
  for (const [index, call] of calls.entries()) {
    const at = `${path}.tool_calls[${index}]`
    if (!isJsonObject(call)) throw wrongType(at, call, 'object')
    if (typeof call['id'] !== 'string') throw wrongType(`${at}.id`, call['id'], 'string')
    if (call['type'] !== 'function') throw invalid(`${at}.type must be function.`)
    checkFunction(call['function'], `${at}.function`)
    called.add(call['id'])
  }
}

function checkFunction(called: Json | undefined, path: string): void {
  if (!isJsonObject(called)) throw wrongType(path, called, 'object')
  for (const name of ['name', 'arguments']) {
    if (typeof called[name] !== 'string') throw wrongType(`${path}.${name}`, called[name], 'string')
  }
  try {
    JSON.parse(String(called['arguments']))
  } catch {
    throw invalid(`${path}.arguments must be a JSON object string.`)
  }
}

function checkResult(message: JsonObject, path: string, called: ReadonlySet<string>): void {
  const id = message['tool_call_id']
  if (typeof id !== 'string') throw wrongType(`${path}.tool_call_id`, id, 'string')
  if (!called.has(id)) throw invalid(`tool call id not found in previous tool calls: ${id}.`)
}
