import type { Candidate, Json, JsonObject, Part } from '#contract'
import { warnOfForeign } from '../../foreign-extensions.ts'
import type { Warnings } from '../../warnings.ts'
import { isOwnCitation } from './citations.ts'
import { encodeToolCall } from './encode-assistant.ts'
import type { CohereMessage, CohereToolCall } from './types.ts'

type Answer = {
  plan: string
  readonly content: JsonObject[]
  readonly calls: CohereToolCall[]
  readonly citations: Json[]
}

/** The `message` of an answer. */
export function encodeAnswer(candidate: Candidate | undefined, warnings: Warnings): JsonObject {
  const answer: Answer = { plan: '', content: [], calls: [], citations: [] }
  for (const [position, part] of (candidate?.parts ?? []).entries()) {
    if (!addPart(answer, part, `message.content[${position}]`, warnings)) {
      warnings.unsupported(`message.content[${position}]`)
    }
  }
  warnOfForeign(candidate?.extensions, { own: 'cohere-v2', warnings, path: 'message.' })
  const { citations: loose, ...own } = candidate?.extensions?.['cohere-v2'] ?? {}
  const citations = [...answer.citations, ...(Array.isArray(loose) ? (loose as readonly Json[]) : [])]
  const { plan, content, calls } = answer
  const message: CohereMessage = {
    role: 'assistant',
    ...(plan !== '' && { tool_plan: plan }),
    ...(calls.length > 0 && { tool_calls: calls }),
    ...((content.length > 0 || calls.length === 0) && { content }),
    ...(citations.length > 0 && { citations }),
  }
  return { ...message, ...own }
}

/** False where nothing is left of the part. */
function addPart(answer: Answer, part: Part, path: string, warnings: Warnings): boolean {
  switch (part.type) {
    case 'text':
      answer.content.push({ type: 'text', text: part.text })
      if (part.citations !== undefined) addCitations(answer, part.citations, path, warnings)
      return true
    case 'refusal':
      answer.content.push({ type: 'text', text: part.text })
      return true
    case 'reasoning':
      if (part.redacted !== undefined) return false
      if (part.plan === true) answer.plan += part.text
      else answer.content.push({ type: 'thinking', thinking: part.text })
      if (part.signature) warnings.unsupported(`${path}.signature`)
      return true
    case 'tool-call':
      answer.calls.push(encodeToolCall(part.id, part.name, part.argumentsText))
      return true
    case 'opaque':
      if (part.wire !== 'cohere-v2') return false
      answer.content.push(part.value as JsonObject)
      return true
    default:
      return false
  }
}

function addCitations(answer: Answer, citations: readonly Json[], path: string, warnings: Warnings): void {
  const own = citations.filter(isOwnCitation)
  if (own.length < citations.length) warnings.unsupported(`${path}.citations`)
  answer.citations.push(...own)
}
