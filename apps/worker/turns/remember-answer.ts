import type { Candidate, ChatResponse, Part, ReasoningPart, ToolCallPart } from '#contract'
import type { CallRecord } from './call-record.ts'
import { isProof } from './restore-turns.ts'

/** A record and the id under which the caller will name its call. */
export type KeptCall = { readonly callId: string; readonly record: CallRecord; readonly path: string }

/** What makes a call one that must be kept, and how its new id is made. */
export type Keeper = {
  /** The record of a call, if there is anything to keep of it. */
  recordOf(call: {
    readonly id: string
    readonly signature: string | undefined
    readonly opening: readonly ReasoningPart[]
    readonly before: readonly ReasoningPart[]
  }): CallRecord | undefined
  newId(vendorId: string): string
}

/** A whole answer as the caller gets it, its calls under new ids, and what is to be kept of them. */
export function rememberAnswer(
  response: ChatResponse,
  keeper: Keeper,
): { readonly response: ChatResponse; readonly kept: readonly KeptCall[] } {
  const kept: KeptCall[] = []
  const candidates = response.candidates.map((candidate) => rememberCandidate(candidate, keeper, kept))
  return kept.length === 0 ? { response, kept } : { response: { ...response, candidates }, kept }
}

function rememberCandidate(candidate: Candidate, keeper: Keeper, kept: KeptCall[]): Candidate {
  let opening: ReasoningPart[] = []
  let before: ReasoningPart[] = []
  let isOpening = true
  const parts = candidate.parts.map((part, position): Part => {
    if (part.type === 'reasoning') {
      if (isProof(part)) (isOpening ? opening : before).push(part)
      return part
    }
    isOpening = false
    if (part.type !== 'tool-call') return part
    const record = keeper.recordOf({ id: part.id, signature: part.signature, opening, before })
    if (record === undefined) return part
    opening = []
    before = []
    const callId = keeper.newId(part.id)
    kept.push({ callId, record, path: `choices[${candidate.index}].content[${position}]` })
    return { ...part, id: callId } satisfies ToolCallPart
  })
  return { ...candidate, parts }
}
