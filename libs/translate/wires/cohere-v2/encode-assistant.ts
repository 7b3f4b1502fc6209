import type { Json, JsonObject, Part, ReasoningPart } from '#contract'
import { warnOfForeign } from '../../foreign-extensions.ts'
import { partPath } from '../../paths.ts'
import { isOwnCitation } from './citations.ts'
import { encodePart, plainContent, type Wanted } from './encode-part.ts'
import type { CohereToolCall } from './types.ts'

/*
 * What the model said → `{role, tool_plan, content, tool_calls, citations}`.
 *
 *   a plan       `tool_plan`, its own place
 *   reasoning    a `thinking` block for models that think; for others the plan of a turn that calls tools (`changed`),
 *                else left out
 *   proofs       left out: only their vendor reads them. A redacted thought is nothing but its proof
 *   citations    the vendor's own, all in one list
 */

type Turn = {
  readonly plans: string[]
  readonly content: JsonObject[]
  readonly calls: CohereToolCall[]
  readonly citations: Json[]
}

/** `undefined` where nothing is left: the vendor refuses empty turns. */
export function encodeAssistant(wanted: Wanted): JsonObject | undefined {
  const { message, index } = wanted
  const turn: Turn = { plans: [], content: [], calls: [], citations: [] }
  for (const [position, part] of message.parts.entries()) {
    addPart(turn, part, partPath(message, index, position), wanted)
  }
  const { plans, content, calls } = turn
  if (plans.length + content.length + calls.length === 0) return undefined
  const { citations: loose, ...own } = message.extensions?.['cohere-v2'] ?? {}
  const citations = [...turn.citations, ...(Array.isArray(loose) ? (loose as readonly Json[]) : [])]
  return {
    role: 'assistant',
    ...(plans.length > 0 && { tool_plan: plans.join('\n\n') }),
    ...(content.length > 0 && { content: plainContent(content) }),
    ...(calls.length > 0 && { tool_calls: calls }),
    ...(citations.length > 0 && { citations }),
    ...own,
  }
}

function addPart(turn: Turn, part: Part, path: string, wanted: Wanted): void {
  const { warnings } = wanted
  switch (part.type) {
    case 'reasoning':
      addReasoning(turn, part, path, wanted)
      break
    case 'tool-call':
      warnOfForeign(part.extensions, { own: 'cohere-v2', warnings, path: `${path}.` })
      if (part.cache !== undefined) warnings.unsupported(`${path}.cache_control`)
      if (part.signature !== undefined) warnings.unsupported(`${path}.signature`)
      turn.calls.push(encodeToolCall(part.id, part.name, part.argumentsText))
      break
    default: {
      const block = encodePart(part, path, wanted)
      if (block !== undefined) turn.content.push(block)
      if (part.type === 'text' && part.citations !== undefined) {
        const own = part.citations.filter(isOwnCitation)
        if (own.length < part.citations.length) warnings.unsupported(`${path}.citations`)
        turn.citations.push(...own)
      }
    }
  }
}

/** Arguments are a JSON text; none at all is an empty object. */
export function encodeToolCall(id: string, name: string, argumentsText: string): CohereToolCall {
  const text = argumentsText.trim() === '' ? '{}' : argumentsText
  return { id, type: 'function', function: { name, arguments: text } }
}

function addReasoning(turn: Turn, part: ReasoningPart, path: string, wanted: Wanted): void {
  const { warnings, traits, message } = wanted
  if (part.redacted !== undefined || (part.text === '' && part.signature !== undefined)) {
    warnings.unsupported(path)
    return
  }
  const calls = message.parts.some(({ type }) => type === 'tool-call')
  if (part.plan === true) turn.plans.push(part.text)
  else if (traits.thinks) {
    turn.content.push({ type: 'thinking', thinking: part.text, ...part.extensions?.['cohere-v2'] })
  } else if (calls) {
    warnings.changed(path)
    turn.plans.push(part.text)
  } else {
    warnings.unsupported(path)
    return
  }
  warnOfForeign(part.extensions, { own: 'cohere-v2', warnings, path: `${path}.` })
  if (part.cache !== undefined) warnings.unsupported(`${path}.cache_control`)
  if (part.signature !== undefined) warnings.unsupported(`${path}.signature`)
}
