import type { Json } from '#contract'
import { invalid } from './errors.ts'
import { join, type Place, readList, readObject, readOneOf } from './members.ts'
import { type Blocks, readBlocks } from './read-blocks.ts'

export type ReadMessages = {
  /** Text of the last user message; else of its tool results. */
  readonly text: string
  readonly characters: number
  readonly lastRole: string
  /** The last message only answers tool calls. */
  readonly endsWithToolResult: boolean
  /** Whether calls or results stand anywhere. */
  readonly hasToolBlocks: boolean
}

/** Checks `messages` as the vendor does: roles in turn, the user first, results for every call. */
export function readMessages(
  value: Json | undefined,
  options: { readonly place: Place; readonly systemTurns: boolean },
): ReadMessages {
  const place = join(options.place, 'messages')
  const messages = readList(value, place)
  if (messages.length === 0) throw invalid('The messages field is empty. Add a message, and try again.')
  const documents = new Set<string>()
  const roles = options.systemTurns ? ['user', 'assistant', 'system'] : ['user', 'assistant']
  let lastRole = ''
  let last: Blocks | undefined
  let text = ''
  let characters = 0
  let hasToolBlocks = false
  for (const [index, value] of messages.entries()) {
    const at = join(place, index)
    const message = readObject(value, at, ['role', 'content'])
    const role = readOneOf(message['role'], join(at, 'role'), roles)
    checkOrder(role, lastRole)
    const content = readList(message['content'], join(at, 'content'))
    if (content.length === 0) {
      throw invalid(
        `The content field in the Message object at ${at.path} is empty. Add a ContentBlock object to the content field and try again.`,
      )
    }
    const blocks = readBlocks(content, join(at, 'content'), { role, documents })
    if (role === 'user') checkResults(last, blocks, at.path)
    characters += blocks.text.length
    hasToolBlocks ||= blocks.toolUses.length > 0 || blocks.toolResults.length > 0
    if (role === 'user') text = blocks.text
    if (role !== 'system') last = blocks
    lastRole = role
  }
  const endsWithToolResult = last !== undefined && last.toolResults.length > 0 && !last.kinds.includes('text')
  return { text, characters, lastRole, endsWithToolResult, hasToolBlocks }
}

function checkOrder(role: string, before: string): void {
  if (before === '' && role !== 'user') {
    throw invalid(
      'A conversation must start with a user message. Try again with a conversation that starts with a user message.',
    )
  }
  if (role !== before) return
  throw invalid(
    'A conversation must alternate between user and assistant roles. Make sure the conversation alternates between user and assistant roles and try again.',
  )
}

function checkResults(before: Blocks | undefined, now: Blocks, path: string): void {
  const called = before?.toolUses ?? []
  if (now.toolResults.length > called.length) {
    throw invalid(
      `The number of toolResult blocks at ${path}.content exceeds the number of toolUse blocks of previous turn.`,
    )
  }
  const missing = called.filter((id) => !now.toolResults.includes(id))
  if (missing.length > 0) {
    throw invalid(
      `Expected toolResult blocks at ${path}.content for the following Ids: ${missing.join(', ')}`,
    )
  }
}
