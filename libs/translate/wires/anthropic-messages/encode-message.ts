import type { Json, JsonObject, Message } from '#contract'
import { warnOfForeign } from '../../foreign-extensions.ts'
import { messagePath, partPath } from '../../paths.ts'
import { isLeft, mergeTurns, placeSystemTurns, roleOf, splitSystemTurns, type Turn } from '../../turns.ts'
import type { Warnings } from '../../warnings.ts'
import { encodeCacheMark } from './cache-mark.ts'
import { encodePart } from './encode-part.ts'
import type { ModelTraits } from './model-traits.ts'

/*
 * Turns of the conversation → `system` and `messages`.
 *
 *   system and developer turns at the front    `system`, in order
 *   such a turn later on                       `role: "system"` in its place, where model and place allow it: after a
 *                                              user turn, before an assistant turn or at the end, not two in a row;
 *                                              else a text of the user's turn, named in a warning (`changed`)
 *   nothing but system turns                   the last of them speaks as the user (`changed`): there must be a message
 *   tool turns                                 the user's
 *   neighbours of one role                     one message
 *   a turn of which nothing is left            left out (`changed`), since the vendor refuses empty ones
 */

export type Conversation = { readonly system: Json | undefined; readonly messages: readonly JsonObject[] }

export function encodeConversation(
  messages: readonly Message[],
  traits: ModelTraits,
  warnings: Warnings,
): Conversation {
  const turns = messages.map((message, index) => encodeTurn(message, index, warnings))
  const { front, rest: conversation } = splitSystemTurns(turns, warnings)
  const system = front.flatMap((turn) => turn.content)
  const rest = conversation.filter((turn) => isLeft(turn, warnings))
  const placed = mergeTurns(placeSystemTurns(mergeTurns(rest), traits, warnings))
  trimPrefill(placed.at(-1), warnings)
  return { system: compact(system), messages: placed.map(printTurn) }
}

function encodeTurn(message: Message, index: number, warnings: Warnings): Turn {
  const path = messagePath(message, index)
  if (message.name !== undefined) warnings.unsupported(`${path}.name`)
  warnOfForeign(message.extensions, { own: 'anthropic-messages', warnings, path: `${path}.` })
  const content: JsonObject[] = []
  for (const [position, part] of message.parts.entries()) {
    const block = encodePart(part, partPath(message, index, position), warnings)
    if (block !== undefined) content.push(block)
  }
  if (message.cache !== undefined) markLast(content, encodeCacheMark(message.cache))
  const turn = { role: roleOf(message), path, content }
  const extra = message.extensions?.['anthropic-messages']
  return extra === undefined ? turn : { ...turn, extra }
}

/** Messages bear no mark here; their last block does. */
function markLast(content: JsonObject[], mark: JsonObject): void {
  const last = content.at(-1)
  if (last !== undefined) content[content.length - 1] = { ...last, cache_control: mark }
}

/** "final assistant content cannot end with trailing whitespace" */
function trimPrefill(last: Turn | undefined, warnings: Warnings): void {
  const block = last?.content.at(-1)
  if (last?.role !== 'assistant' || block?.['type'] !== 'text') return
  const text = String(block['text'])
  if (text.trimEnd() === text) return
  last.content[last.content.length - 1] = { ...block, text: text.trimEnd() }
  warnings.changed(last.path)
}

function printTurn(turn: Turn): JsonObject {
  const content = compact(turn.content) ?? []
  return { role: turn.role, content, ...turn.extra }
}

/** One plain text goes as a string, which is the same to the vendor and shorter. */
function compact(content: readonly JsonObject[]): Json | undefined {
  const [only] = content
  if (only === undefined) return undefined
  const plain = content.length === 1 && only['type'] === 'text' && Object.keys(only).length === 2
  return plain ? only['text'] : content
}
