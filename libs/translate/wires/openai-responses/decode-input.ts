import type { Json, JsonObject, Message, Part, ToolResultPart } from '#contract'
import { invalidRequest } from '../../invalid-request.ts'
import { optionalText, requiredObject, requiredText } from '../../request-members.ts'
import { unknownMembers } from '../../unknown-members.ts'
import { decodeInputContent, decodeOutputContent } from './decode-content.ts'
import { withItem } from './item.ts'
import { decodeReasoningInput } from './reasoning-item.ts'

/*
 * `input` → turns.
 *
 *   a text                                    a user turn
 *   message of user, system, developer        a turn
 *   function_call_output                      a turn of the tool
 *   message of the assistant, reasoning,      parts of the assistant's turn; neighbours are one turn, since other wires
 *   function_call, any other item (opaque)    want a call and what led to it in one
 *
 * A part that begins an item keeps that item's own members (id, status, phase, …) under `$item`.
 */

const knownOfMessage: ReadonlySet<string> = new Set(['type', 'role', 'content'])
const knownOfCall: ReadonlySet<string> = new Set(['type', 'call_id', 'name', 'arguments'])
const knownOfOutput: ReadonlySet<string> = new Set(['type', 'call_id', 'output'])

/** The assistant's turn while it is being put together. */
type Turn = { readonly parts: Part[]; readonly partPaths: string[]; readonly path: string }

export function decodeInput(input: Json | undefined): readonly Message[] {
  if (input === undefined || input === null) return []
  if (typeof input === 'string') {
    return [{ role: 'user', parts: [{ type: 'text', text: input }], path: 'input', partPaths: ['input'] }]
  }
  if (!Array.isArray(input)) {
    throw invalidRequest('input', 'input must be a string or an array of items.', 'invalid_type')
  }
  const messages: Message[] = []
  let turn: Turn | undefined
  for (const [index, value] of input.entries()) {
    const path = `input[${index}]`
    const item = requiredObject(value, path)
    const whole = decodeWholeTurn(item, path)
    if (whole !== undefined) {
      turn = undefined
      messages.push(whole)
      continue
    }
    if (turn === undefined) {
      turn = { parts: [], partPaths: [], path }
      messages.push({ role: 'assistant', ...turn })
    }
    decodeAssistantItem(item, turn, path)
  }
  return messages
}

/** An item that is a turn by itself; `undefined` for one of the assistant's. */
function decodeWholeTurn(item: JsonObject, path: string): Message | undefined {
  const { type } = item
  if (type === 'function_call_output') return decodeToolOutput(item, path)
  if (type !== 'message' && (type !== undefined || item['role'] === undefined)) {
    if (type === undefined) requiredText(item, 'type', `${path}.`)
    return undefined
  }
  const role = requiredText(item, 'role', `${path}.`)
  switch (role) {
    case 'assistant':
      return undefined
    case 'user':
    case 'system':
    case 'developer': {
      const parts = decodeInputContent(item['content'], `${path}.content`)
      const members = unknownMembers(item, knownOfMessage)
      const turn: Message = { role, parts, path }
      return members === undefined ? turn : withItem(turn, members)
    }
    default:
      throw invalidRequest(
        `${path}.role`,
        `${path}.role must be user, system, developer or assistant.`,
        'invalid_value',
      )
  }
}

/** An output that names no call (a server tool's) stays opaque, with its own kind. */
function decodeToolOutput(item: JsonObject, path: string): Message | undefined {
  const callId = optionalText(item, 'call_id', `${path}.`)
  if (callId === undefined) return undefined
  const result: ToolResultPart = {
    type: 'tool-result',
    callId,
    content: decodeInputContent(item['output'], `${path}.output`),
  }
  const members = unknownMembers(item, knownOfOutput)
  const part = members === undefined ? result : withItem(result, members)
  return { role: 'tool', parts: [part], path, partPaths: [path] }
}

function decodeAssistantItem(item: JsonObject, turn: Turn, path: string): void {
  switch (item['type']) {
    case 'message':
    case undefined:
      decodeAssistantMessage(item, turn, path)
      break
    case 'reasoning':
      add(turn, decodeReasoningInput(item), path)
      break
    case 'function_call':
      add(turn, decodeCall(item, `${path}.`), path)
      break
    default:
      add(turn, { type: 'opaque', wire: 'openai-responses', value: item }, path)
  }
}

function decodeCall(item: JsonObject, path: string): Part {
  const call: Part = {
    type: 'tool-call',
    id: requiredText(item, 'call_id', path),
    name: requiredText(item, 'name', path),
    argumentsText: optionalText(item, 'arguments', path) ?? '',
  }
  const members = unknownMembers(item, knownOfCall)
  return members === undefined ? call : withItem(call, members)
}

/** A message of parts that are not all known stays opaque as a whole: its parts say nothing apart. */
function decodeAssistantMessage(item: JsonObject, turn: Turn, path: string): void {
  const { content } = item
  const parts = decodeOutputContent(content, `${path}.content`)
  const [first] = parts ?? []
  if (parts === undefined || first === undefined) {
    add(turn, { type: 'opaque', wire: 'openai-responses', value: item }, path)
    return
  }
  const members = unknownMembers(item, knownOfMessage)
  const isPlain = members === undefined && parts.length === 1 && isPlainText(first)
  const begun = isPlain && !isSaid(turn.parts.at(-1)) ? first : withItem(first, members ?? {})
  for (const [index, part] of [begun, ...parts.slice(1)].entries()) {
    add(turn, part, typeof content === 'string' ? `${path}.content` : `${path}.content[${index}]`)
  }
}

function isPlainText(part: Part): boolean {
  return part.type === 'text' && part.citations === undefined && part.extensions === undefined
}

/** Whether a part would take the next one into its own message. */
function isSaid(part: Part | undefined): boolean {
  return part?.type === 'text' || part?.type === 'refusal'
}

function add(turn: Turn, part: Part, path: string): void {
  turn.parts.push(part)
  turn.partPaths.push(path)
}
