import type { Json, JsonObject, Message, Part, TextPart } from '#contract'
import type { Draft } from '../../draft.ts'
import { invalidRequest } from '../../invalid-request.ts'
import { optionalList, optionalText, requiredObject, requiredText } from '../../request-members.ts'
import { unknownMembers } from '../../unknown-members.ts'
import { citedBlock, citesText, isOwnCitation } from './citations.ts'
import { decodeContent, decodeToolCall } from './decode-part.ts'
import { decodeDocument } from './documents.ts'

const knownOfMessage: ReadonlySet<string> = new Set([
  ...['role', 'content', 'tool_calls', 'tool_call_id', 'tool_plan', 'citations'],
])

/**
 * `messages` and `documents` as one conversation: the documents of the request are a turn of the user by themselves,
 * right before the user's last turn, since that is what they are to other vendors' models.
 */
export function decodeConversation(
  messages: readonly Json[],
  documents: readonly Json[] | undefined,
): readonly Message[] {
  const turns = messages.map(decodeMessage)
  if (documents === undefined || documents.length === 0) return turns
  // Those after this one keep their places in the caller's request.
  const placed = turns.map((turn, index) => ({ ...turn, path: `messages[${index}]` }))
  const last = placed.findLastIndex((turn) => turn.role === 'user')
  const parts = documents.map((value, index) => decodeDocument(value, `documents[${index}]`))
  placed.splice(last === -1 ? placed.length : last, 0, { role: 'user', parts, path: 'documents' })
  return placed
}

function decodeMessage(value: Json, index: number): Message {
  const path = `messages[${index}]`
  const object = requiredObject(value, path)
  const message: Draft<Message> = decodeTurn(object, `${path}.`)
  const unknown = unknownMembers(object, knownOfMessage)
  const loose = message.role === 'assistant' ? looseCitations(object, message.parts) : []
  if (unknown !== undefined || loose.length > 0) {
    message.extensions = { 'cohere-v2': { ...unknown, ...(loose.length > 0 && { citations: loose }) } }
  }
  return message
}

function decodeTurn(object: JsonObject, path: string): Message {
  const role = requiredText(object, 'role', path)
  switch (role) {
    case 'system':
    case 'user':
      return { role, parts: decodeContent(object['content'], role, `${path}content`) }
    case 'assistant':
      return { role, parts: decodeAssistant(object, path) }
    case 'tool': {
      const callId = requiredText(object, 'tool_call_id', path)
      const content = decodeContent(object['content'], role, `${path}content`)
      return { role, parts: [{ type: 'tool-result', callId, content }] }
    }
    default:
      throw invalidRequest(
        `${path}role`,
        `${path}role must be system, user, assistant or tool.`,
        'invalid_value',
      )
  }
}

function decodeAssistant(object: JsonObject, path: string): readonly Part[] {
  const plan = optionalText(object, 'tool_plan', path)
  const parts: Part[] =
    plan === undefined || plan === '' ? [] : [{ type: 'reasoning', text: plan, plan: true }]
  const content = decodeContent(object['content'], 'assistant', `${path}content`)
  parts.push(...withCitations(content, optionalList(object, 'citations', path) ?? []))
  const calls = optionalList(object, 'tool_calls', path) ?? []
  parts.push(...calls.map((call, index) => decodeToolCall(call, `${path}tool_calls[${index}]`)))
  return parts
}

/** Citations go to the text that they are about. */
export function withCitations(content: readonly Part[], citations: readonly Json[]): readonly Part[] {
  if (citations.length === 0) return content
  return content.map((part, index) => {
    const own = citations.filter((citation) => citedPart(content, citation) === index)
    return part.type === 'text' && own.length > 0 ? ({ ...part, citations: own } satisfies TextPart) : part
  })
}

/** Citations that are about no text (of the plan, of the thinking): they stay with the turn. */
export function looseCitations(object: JsonObject, parts: readonly Part[]): readonly Json[] {
  const citations = Array.isArray(object['citations']) ? (object['citations'] as readonly Json[]) : []
  const content = parts.filter(
    (part) => part.type !== 'tool-call' && !(part.type === 'reasoning' && part.plan),
  )
  return citations.filter((citation) => citedPart(content, citation) === undefined)
}

/** Number of the text that a citation is about. */
function citedPart(content: readonly Part[], citation: Json): number | undefined {
  if (!isOwnCitation(citation) || !citesText(citation)) return undefined
  const block = citedBlock(citation) ?? content.findIndex((part) => part.type === 'text')
  return content[block]?.type === 'text' ? block : undefined
}
