import type { JsonObject, Message, Part } from '#contract'
import { warnOfForeign } from '../../foreign-extensions.ts'
import { invalidRequest } from '../../invalid-request.ts'
import { messagePath, partPath } from '../../paths.ts'
import type { Warnings } from '../../warnings.ts'
import { encodePart } from './encode-part.ts'
import type { ModelTraits } from './model-traits.ts'
import type { PartContext } from './part-context.ts'

/*
 * Turns of the conversation → `systemInstruction` and `contents`.
 *
 *   system and developer turns at the front    `systemInstruction`, text alone, in order
 *   such a turn later on                       speaks as the user in its place (`changed`)
 *   nothing but system turns                   the last of them speaks as the user (`changed`): there must be a turn
 *   tool turns                                 the user's; neighbours are one turn, because "the number of function
 *                                              response parts" must be that of the calls of the turn before
 *   a turn of which nothing is left            left out (`changed`), since the vendor refuses empty ones
 *   first call of a model's turn, unsigned     bears the word by which the vendor skips its check, on models that ask
 *                                              for signatures (https://ai.google.dev/gemini-api/docs/thought-signatures)
 */

const skipSignature = 'skip_thought_signature_validator'

type Turn = {
  readonly role: 'user' | 'model'
  readonly path: string
  readonly isTool: boolean
  readonly parts: JsonObject[]
  readonly extra?: JsonObject
}

export type Contents = {
  readonly systemInstruction: JsonObject | undefined
  readonly contents: readonly JsonObject[]
}

export function encodeContents(
  messages: readonly Message[],
  traits: ModelTraits,
  warnings: Warnings,
): Contents {
  const front = frontOf(messages)
  const system = messages.slice(0, front).flatMap((message, index) => encodeSystem(message, index, warnings))
  const calledNames = new Map<string, string>()
  const turns: Turn[] = []
  for (const [offset, message] of messages.slice(front).entries()) {
    const index = front + offset
    noteCalls(calledNames, message.parts)
    const turn = encodeTurn(message, index, { warnings, traits, calledNames, isOwn: isOwn(message.path) })
    if (turn.parts.length === 0) warnings.changed(turn.path)
    else addTurn(turns, turn)
  }
  if (turns.length === 0) {
    throw invalidRequest('messages', 'Nothing is left of the conversation that this model could be told.')
  }
  return {
    systemInstruction: system.length === 0 ? undefined : { parts: system },
    contents: turns.map(printTurn),
  }
}

/** Where the conversation begins; nothing but system turns leaves the last of them to it. */
function frontOf(messages: readonly Message[]): number {
  const front = messages.findIndex((message) => !isSystem(message))
  return front === -1 ? messages.length - 1 : front
}

function isSystem({ role }: Message): boolean {
  return role === 'system' || role === 'developer'
}

function noteCalls(names: Map<string, string>, parts: readonly Part[]): void {
  for (const part of parts) if (part.type === 'tool-call') names.set(part.id, part.name)
}

function encodeSystem(message: Message, index: number, warnings: Warnings): readonly JsonObject[] {
  warnOfMessage(message, index, warnings)
  const parts: JsonObject[] = []
  for (const [position, part] of message.parts.entries()) {
    const path = partPath(message, index, position)
    if (part.type === 'opaque' && part.wire === 'gemini-generate') parts.push(part.value as JsonObject)
    else if (part.type !== 'text') warnings.unsupported(path)
    else if (part.text !== '') {
      if (part.cache !== undefined) warnings.unsupported(`${path}.cache_control`)
      warnOfForeign(part.extensions, { own: 'gemini-generate', warnings, path: `${path}.` })
      parts.push({ text: part.text, ...part.extensions?.['gemini-generate'] })
    }
  }
  return parts
}

function warnOfMessage(message: Message, index: number, warnings: Warnings): void {
  const path = messagePath(message, index)
  if (message.name !== undefined) warnings.unsupported(`${path}.name`)
  if (message.cache !== undefined) warnings.unsupported(`${path}.cache_control`)
  warnOfForeign(message.extensions, { own: 'gemini-generate', warnings, path: `${path}.` })
}

function encodeTurn(message: Message, index: number, context: PartContext): Turn {
  warnOfMessage(message, index, context.warnings)
  const path = messagePath(message, index)
  if (isSystem(message)) context.warnings.changed(path)
  const parts = message.parts.flatMap((part, position) =>
    encodePart(part, partPath(message, index, position), context),
  )
  const role = message.role === 'assistant' ? 'model' : 'user'
  if (role === 'model' && context.traits.needsSignatures) signFirstCall(parts)
  const turn = { role, path, isTool: message.role === 'tool', parts } as const
  const extra = message.extensions?.['gemini-generate']
  return extra === undefined ? turn : { ...turn, extra }
}

function signFirstCall(parts: JsonObject[]): void {
  const first = parts.findIndex((part) => part['functionCall'] !== undefined)
  const call = parts[first]
  if (call !== undefined && call['thoughtSignature'] === undefined) {
    parts[first] = { ...call, thoughtSignature: skipSignature }
  }
}

/** Results of tools are one turn. What a caller of this wire had in one turn or in several stays so. */
function addTurn(turns: Turn[], turn: Turn): void {
  const last = turns.at(-1)
  if (last !== undefined && last.role === turn.role && isOne(last, turn)) last.parts.push(...turn.parts)
  else turns.push(turn)
}

/** Turns that came on this wire. */
function isOwn(path: string | undefined): boolean {
  return path?.startsWith('contents[') ?? false
}

function isOne(last: Turn, turn: Turn): boolean {
  return isOwn(turn.path) ? last.path === turn.path : last.isTool && turn.isTool
}

function printTurn({ role, parts, extra }: Turn): JsonObject {
  return { role, parts, ...extra }
}
