import { isJsonObject, type Json, type JsonObject } from '#contract'
import { invalid, required, wrongType } from './errors.ts'

const blockTypes = [
  'document',
  'image',
  'redacted_thinking',
  'search_result',
  'server_tool_use',
  'text',
  'thinking',
  'tool_result',
  'tool_use',
  'web_search_tool_result',
]

export type ReadMessages = {
  /** Text of the last user message that has any; else of its tool results. */
  readonly text: string
  readonly characters: number
  readonly lastRole: string
  /** The last message only answers tool calls. */
  readonly endsWithToolResult: boolean
}

type Rules = { readonly version: string; readonly systemRole: boolean }

/** Checks `messages` as the vendor does: roles, content, block types, and what version 2026-10-21 refuses. */
export function readMessages(value: Json | undefined, rules: Rules): ReadMessages {
  if (value === undefined) throw required('messages')
  if (!Array.isArray(value)) throw wrongType('messages', 'a valid list')
  if (value.length === 0) throw invalid('messages: at least one message is required')
  let text = ''
  let characters = 0
  let lastRole = ''
  let endsWithToolResult = false
  for (const [index, message] of value.entries()) {
    const path = `messages.${index}`
    if (!isJsonObject(message)) throw wrongType(path, 'a valid dictionary or object to extract fields from')
    lastRole = readRole(message, path, rules)
    const content = readContent(message, { path, role: lastRole, rules, last: index === value.length - 1 })
    characters += content.text.length
    endsWithToolResult = content.toolResult
    if (lastRole === 'user') text = content.text
  }
  return { text, characters, lastRole, endsWithToolResult }
}

function readRole(message: JsonObject, path: string, rules: Rules): string {
  const role = message['role']
  if (role === undefined) throw required(`${path}.role`)
  if (typeof role !== 'string') throw wrongType(`${path}.role`, 'a valid string')
  if (role === 'user' || role === 'assistant') return role
  if (role !== 'system') {
    throw invalid(`messages: Unexpected role "${role}". Allowed roles are "user" or "assistant"`)
  }
  if (rules.systemRole) return role
  throw invalid(
    'messages: Unexpected role "system". The Messages API accepts a top-level `system` parameter, not "system" as an input message role.',
  )
}

type Place = {
  readonly path: string
  readonly role: string
  readonly rules: Rules
  readonly last: boolean
}
type Content = { readonly text: string; readonly toolResult: boolean }

function readContent(message: JsonObject, place: Place): Content {
  const path = `${place.path}.content`
  const content = message['content']
  if (content === undefined) throw required(path)
  if (typeof content !== 'string' && !Array.isArray(content)) throw wrongType(path, 'a valid list')
  if (content.length === 0 && !(place.last && place.role === 'assistant')) {
    throw invalid(
      `${place.path}: all messages must have non-empty content except for the optional final assistant message`,
    )
  }
  if (typeof content === 'string') return { text: content, toolResult: false }
  const blocks = content.map((block: Json, index) => readBlock(block, `${path}.${index}`, place))
  const texts = blocks.filter((block) => block.type === 'text')
  const spoken = texts.length > 0 ? texts : blocks
  return {
    text: spoken.map((block) => block.text).join(''),
    toolResult: texts.length === 0 && blocks.some((block) => block.type === 'tool_result'),
  }
}

function readBlock(
  block: Json,
  path: string,
  place: Place,
): { readonly type: string; readonly text: string } {
  if (!isJsonObject(block)) throw wrongType(path, 'a valid dictionary or object to extract fields from')
  const type = block['type']
  if (typeof type !== 'string') throw required(`${path}.type`)
  if (!blockTypes.includes(type)) {
    const tags = blockTypes.map((name) => `'${name}'`).join(', ')
    throw invalid(
      `${path}: Input tag '${type}' found using 'type' does not match any of the expected tags: ${tags}`,
    )
  }
  if (type === 'text') return { type, text: readText(block, path, place) }
  if (type === 'document' && place.role === 'assistant' && place.rules.version !== '2023-06-01') {
    throw invalid(`${path}: document blocks are not permitted in assistant messages`)
  }
  return { type, text: type === 'tool_result' ? resultText(block['content']) : '' }
}

function readText(block: JsonObject, path: string, place: Place): string {
  const text = block['text']
  if (text === undefined) throw required(`${path}.text.text`)
  if (typeof text !== 'string') throw wrongType(`${path}.text.text`, 'a valid string')
  if (text === '') throw invalid('messages: text content blocks must be non-empty')
  const citations = block['citations']
  const cited = Array.isArray(citations) && citations.length > 0
  if (cited && place.role === 'user' && place.rules.version !== '2023-06-01') {
    throw invalid(`${path}.text.citations: citations are not permitted in user messages`)
  }
  return text
}

/** Joins text blocks, and refuses everything else. */
export function readTextBlocks(blocks: readonly Json[], path: string): string {
  return blocks
    .map((block, index) => {
      if (!isJsonObject(block) || block['type'] !== 'text') {
        throw wrongType(`${path}.${index}.type`, "'text'")
      }
      if (typeof block['text'] !== 'string') throw required(`${path}.${index}.text`)
      return block['text']
    })
    .join('')
}

function resultText(content: Json | undefined): string {
  if (typeof content === 'string') return content
  if (!Array.isArray(content)) return ''
  return content
    .map((block: Json) => (isJsonObject(block) && typeof block['text'] === 'string' ? block['text'] : ''))
    .join('')
}
