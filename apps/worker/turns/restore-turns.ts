import type { Draft, Message, Part, ReasoningPart, ToolCallPart, WireId } from '#contract'
import { type CallRecord, isUniqueCallId } from './call-record.ts'

/** The ids in a conversation under which something may have been kept. */
export function callIdsOf(messages: readonly Message[]): readonly string[] {
  const ids = new Set<string>()
  for (const { parts } of messages) {
    for (const part of parts) if (part.type === 'tool-call' && isUniqueCallId(part.id)) ids.add(part.id)
  }
  return [...ids]
}

/**
 * Puts back what was kept of a conversation's tool calls: the vendor's own ids, its signatures, and the reasoning that
 * led to the calls, where the caller has not sent it itself. Records of another wire than `wire` are passed over.
 */
export function restoreTurns(
  messages: readonly Message[],
  records: ReadonlyMap<string, CallRecord>,
  wire: WireId,
): readonly Message[] {
  const own = new Map([...records].filter(([, record]) => record.wire === wire))
  if (own.size === 0) return messages
  return messages.map((message, index) => restoreTurn(message, index, own))
}

function restoreTurn(message: Message, index: number, records: ReadonlyMap<string, CallRecord>): Message {
  const concerned = message.parts.some((part) => recordOf(part, records) !== undefined)
  if (!concerned) return message
  const path = message.path ?? `messages[${index}]`
  const hasOwnProofs = message.parts.some(isProof)
  const opening: ReasoningPart[] = []
  const parts: Part[] = []
  // The caller's own parts keep the paths that they have in the caller's request.
  const partPaths: string[] = []
  for (const [position, part] of message.parts.entries()) {
    const record = recordOf(part, records)
    if (part.type === 'tool-call' && record !== undefined && !hasOwnProofs) {
      const before = record.before ?? []
      opening.push(...(record.opening ?? []))
      parts.push(...before)
      partPaths.push(...before.map(() => path))
    }
    parts.push(record === undefined ? part : restorePart(part, record))
    partPaths.push(message.partPaths?.[position] ?? `${path}.content[${position + (message.firstPart ?? 0)}]`)
  }
  return {
    ...message,
    path,
    parts: [...opening, ...parts],
    partPaths: [...opening.map(() => path), ...partPaths],
  }
}

function recordOf(part: Part, records: ReadonlyMap<string, CallRecord>): CallRecord | undefined {
  if (part.type === 'tool-call') return records.get(part.id)
  return part.type === 'tool-result' ? records.get(part.callId) : undefined
}

function restorePart(part: Part, record: CallRecord): Part {
  if (part.type === 'tool-result') return { ...part, callId: record.id }
  if (part.type !== 'tool-call') return part
  const restored: Draft<ToolCallPart> = { ...part, id: record.id }
  if (part.signature === undefined && record.signature !== undefined) restored.signature = record.signature
  return restored
}

/** Reasoning that its vendor vouches for. */
export function isProof(part: Part): part is ReasoningPart {
  if (part.type !== 'reasoning') return false
  return part.redacted !== undefined || (part.signature !== undefined && part.signature !== '')
}
