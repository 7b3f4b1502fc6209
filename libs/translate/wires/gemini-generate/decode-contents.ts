import type { Json, JsonObject, Message, Part } from '#contract'
import { invalidRequest } from '../../invalid-request.ts'
import { asObject } from '../../narrow.ts'
import { optionalText, requiredObject } from '../../request-members.ts'
import { unknownMembers } from '../../unknown-members.ts'
import { type CallIds, createCallIds } from './call-ids.ts'
import { decodePart } from './decode-part.ts'
import { missingContents } from './peek.ts'

const known: ReadonlySet<string> = new Set(['role', 'parts'])

/** `contents`: turns of the user and the model. */
export function decodeContents(body: JsonObject): readonly Message[] {
  const { contents } = body
  if (contents === undefined || contents === null) throw missingContents()
  const list = listOf(contents, 'contents')
  if (list.length === 0) throw invalidRequest('contents', 'contents is empty; send at least one turn.')
  const ids = createCallIds()
  return list.flatMap((content, index) => decodeContent(content, index, ids))
}

/** The system prompt is the first turn. Its role says nothing (clients send `user`). */
export function decodeSystem(value: Json | undefined): readonly Message[] {
  if (value === undefined || value === null) return []
  const path = 'systemInstruction'
  const object = requiredObject(value, path)
  const parts = decodeParts(object, { path, id: 'system', ids: createCallIds() })
  return [{ role: 'system', parts, path }]
}

/** A turn that holds results of functions is cut where they begin and end: they are turns of the tool. */
function decodeContent(value: Json, index: number, ids: CallIds): readonly Message[] {
  const path = `contents[${index}]`
  const object = requiredObject(value, path)
  const role = roleOf(optionalText(object, 'role', `${path}.`), path)
  const parts = decodeParts(object, { path, id: String(index), ids })
  const turns: readonly Message[] =
    role === 'user' ? splitToolTurns(parts, path) : [{ role: 'assistant', parts, path }]
  const unknown = unknownMembers(object, known)
  if (unknown === undefined) return turns
  return turns.map((turn) => ({ ...turn, extensions: { 'gemini-generate': unknown } }))
}

/** "Must be either 'user' or 'model'. If not set, the service will default to 'user'"; `function` is older. */
function roleOf(role: string | undefined, path: string): 'user' | 'assistant' {
  switch (role) {
    case 'model':
      return 'assistant'
    case undefined:
    case '':
    case 'user':
    case 'function':
      return 'user'
    default:
      throw invalidRequest(`${path}.role`, `${path}.role must be user, model or function.`, 'invalid_value')
  }
}

type Turn = { readonly path: string; readonly id: string; readonly ids: CallIds }

function decodeParts(object: JsonObject, { path, id, ids }: Turn): readonly Part[] {
  return listOf(object['parts'] ?? [], `${path}.parts`).map((part, index) =>
    decodePart(part, { path: `${path}.parts[${index}]`, id: `${id}_${index}`, ids }),
  )
}

/** A list, or the only item of one. */
function listOf(value: Json, path: string): readonly Json[] {
  if (Array.isArray(value)) return value
  if (asObject(value) !== undefined) return [value]
  throw invalidRequest(path, `${path} must be an array of objects.`, 'invalid_type')
}

function splitToolTurns(parts: readonly Part[], path: string): readonly Message[] {
  if (!parts.some((part) => part.type === 'tool-result')) return [{ role: 'user', parts, path }]
  const turns: Message[] = []
  let firstPart = 0
  while (firstPart < parts.length) {
    const isResult = parts[firstPart]?.type === 'tool-result'
    let end = firstPart + 1
    while (end < parts.length && (parts[end]?.type === 'tool-result') === isResult) end += 1
    const turn = { role: isResult ? 'tool' : 'user', parts: parts.slice(firstPart, end), path } as const
    turns.push(firstPart === 0 ? turn : { ...turn, firstPart })
    firstPart = end
  }
  return turns
}
