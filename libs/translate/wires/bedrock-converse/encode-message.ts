import type { Json, JsonObject, Message } from '#contract'
import { warnOfForeign } from '../../foreign-extensions.ts'
import { invalidRequest } from '../../invalid-request.ts'
import { asObject, asText } from '../../narrow.ts'
import { messagePath, partPath } from '../../paths.ts'
import { isLeft, mergeTurns, placeSystemTurns, roleOf, splitSystemTurns, type Turn } from '../../turns.ts'
import { encodeCachePoint } from './cache-point.ts'
import { encodePart, type PartContext } from './encode-part.ts'

/*
 * Turns of the conversation → `system` and `messages`.
 *
 *   system and developer turns at the front    `system`, in order; texts alone
 *   such a turn later on                       `role: "system"` in its place, where model and place allow it (see
 *                                              turns.ts); else a text of the user's turn, named in a warning (`changed`)
 *   tool turns                                 the user's
 *   neighbours of one role                     one message: roles must alternate
 *   a turn of which nothing is left            left out (`changed`)
 *   a first turn of the assistant              refused: "A conversation must start with a user message"
 *   a document without a text beside it        gets one that names it (`changed`): "you must also include a ContentBlock
 *                                              with a text field" (Message.content)
 */

export type Conversation = {
  readonly system: readonly JsonObject[]
  readonly messages: readonly JsonObject[]
}

export function encodeConversation(
  messages: readonly Message[],
  context: Omit<PartContext, 'place' | 'names'>,
): Conversation {
  const { warnings, traits } = context
  const names = new Set<string>()
  const turns = messages.map((message, index) => encodeTurn(message, index, { ...context, names }))
  const { front, rest } = splitSystemTurns(turns, warnings)
  const system = front.flatMap((turn) => turn.content)
  const left = rest.filter((turn) => isLeft(turn, warnings))
  const placed = mergeTurns(placeSystemTurns(mergeTurns(left), traits, warnings))
  const [first] = placed
  if (first === undefined) throw nothingLeft()
  if (first.role !== 'user') throw startsWithAssistant(first.path)
  for (const turn of placed) nameDocuments(turn, context)
  if (traits.claude !== undefined) trimPrefill(placed.at(-1), context)
  return { system, messages: placed.map(printTurn) }
}

function encodeTurn(message: Message, index: number, context: Omit<PartContext, 'place'>): Turn {
  const { warnings } = context
  const path = messagePath(message, index)
  const role = roleOf(message)
  if (message.name !== undefined) warnings.unsupported(`${path}.name`)
  warnOfForeign(message.extensions, { own: 'bedrock-converse', warnings, path: `${path}.` })
  const content: JsonObject[] = []
  for (const [position, part] of message.parts.entries()) {
    content.push(...encodePart(part, partPath(message, index, position), { ...context, place: role }))
  }
  if (message.cache !== undefined && content.length > 0) {
    markLast(content, encodeCachePoint(message.cache, { ...context, path, place: 'blocks' }))
  }
  const turn = { role, path, content }
  const extra = message.extensions?.['bedrock-converse']
  return extra === undefined ? turn : { ...turn, extra }
}

/** A cache point behind the last block, unless there is one. */
export function markLast(content: JsonObject[], cachePoint: readonly JsonObject[]): void {
  if (content.at(-1)?.['cachePoint'] === undefined) content.push(...cachePoint)
}

function nameDocuments(turn: Turn, { warnings }: Pick<PartContext, 'warnings'>): void {
  const names = turn.content.flatMap((block) => asText(asObject(block['document'])?.['name']) ?? [])
  if (names.length === 0 || turn.content.some((block) => block['text'] !== undefined)) return
  turn.content.push({ text: names.join(', ') })
  warnings.changed(turn.path)
}

/** "final assistant content cannot end with trailing whitespace" */
function trimPrefill(last: Turn | undefined, { warnings }: Pick<PartContext, 'warnings'>): void {
  const block = last?.content.at(-1)
  const text: Json | undefined = block?.['text']
  if (last?.role !== 'assistant' || typeof text !== 'string' || text.trimEnd() === text) return
  last.content[last.content.length - 1] = { ...block, text: text.trimEnd() }
  warnings.changed(last.path)
}

function printTurn(turn: Turn): JsonObject {
  return { role: turn.role, content: turn.content, ...turn.extra }
}

function nothingLeft() {
  return invalidRequest(
    'messages',
    'messages holds nothing that Amazon Bedrock takes; send at least one text of the user.',
  )
}

function startsWithAssistant(path: string) {
  return invalidRequest(
    path,
    `${path} is the assistant's, but a conversation with Amazon Bedrock must start with a message of the user; put one before it.`,
    'invalid_value',
  )
}
