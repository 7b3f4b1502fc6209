import type { BlockDelta, BlockStart, ChatEvent, ReasoningPart } from '#contract'
import type { Keeper, KeptCall } from './remember-answer.ts'

/*
 * Watches a streamed answer for what must be kept of its tool calls. Per candidate:
 *
 *   event                             what happens
 *   reasoning block ends with proof   is kept for the next call: as opening, if nothing but reasoning stood before
 *   tool call starts                  takes what was kept; gets a new id if there is anything, or may still be
 *   signature delta in a call         is the call's own proof
 *   tool call ends                    its record is ready, if there is anything to keep
 *   candidate ends                    so are those of calls that are still open
 */

type Thought = { text: string; signature: string; readonly redacted: string | undefined }
type OpenCall = {
  readonly id: string
  readonly callId: string
  readonly opening: readonly ReasoningPart[]
  readonly before: readonly ReasoningPart[]
  signature: string | undefined
}
type CandidateState = {
  isOpening: boolean
  opening: ReasoningPart[]
  before: ReasoningPart[]
  readonly thoughts: Map<number, Thought>
  readonly calls: Map<number, OpenCall>
}

export type StreamWatch = {
  /** The event as the caller gets it. */
  push(event: ChatEvent): ChatEvent
  /** Calls whose records are ready since it was last asked. */
  take(): readonly KeptCall[]
}

/** `signsLater`: the provider may sign a call after it has opened, so that all of them need an id of their own. */
export function watchStream(keeper: Keeper, options: { readonly signsLater: boolean }): StreamWatch {
  const candidates = new Map<number, CandidateState>()
  let ready: KeptCall[] = []
  const stateOf = (candidate: number): CandidateState => {
    let state = candidates.get(candidate)
    if (state === undefined) {
      state = { isOpening: true, opening: [], before: [], thoughts: new Map(), calls: new Map() }
      candidates.set(candidate, state)
    }
    return state
  }
  const finish = (candidate: number, block: number): void => {
    const state = stateOf(candidate)
    const call = state.calls.get(block)
    if (call === undefined) return
    state.calls.delete(block)
    const record = keeper.recordOf(call)
    if (record !== undefined) {
      ready.push({ callId: call.callId, record, path: `choices[${candidate}].content[${block}]` })
    }
  }
  return {
    push(event) {
      switch (event.type) {
        case 'block-start':
          return { ...event, start: startBlock(stateOf(event.candidate), event.block, event.start) }
        case 'block-delta':
          noteDelta(stateOf(event.candidate), event.block, event.delta)
          return event
        case 'block-end':
          endThought(stateOf(event.candidate), event.block)
          finish(event.candidate, event.block)
          return event
        case 'candidate-end':
          for (const block of [...stateOf(event.candidate).calls.keys()]) finish(event.candidate, block)
          return event
        default:
          return event
      }
    },
    take() {
      const taken = ready
      if (taken.length > 0) ready = []
      return taken
    },
  }

  function startBlock(state: CandidateState, block: number, start: BlockStart): BlockStart {
    if (start.type === 'reasoning' || start.type === 'redacted-reasoning') {
      const redacted = start.type === 'redacted-reasoning' ? start.data : undefined
      state.thoughts.set(block, { text: '', signature: '', redacted })
      return start
    }
    state.isOpening = false
    if (start.type !== 'tool-call') return start
    const { opening, before } = state
    const call = { id: start.id, signature: start.signature, opening, before }
    if (!options.signsLater && keeper.recordOf(call) === undefined) return start
    state.opening = []
    state.before = []
    const callId = keeper.newId(start.id)
    state.calls.set(block, { ...call, callId })
    return { ...start, id: callId }
  }
}

function noteDelta(state: CandidateState, block: number, delta: BlockDelta): void {
  if (delta.type === 'signature') {
    const call = state.calls.get(block)
    if (call !== undefined) call.signature = (call.signature ?? '') + delta.signature
    const thought = state.thoughts.get(block)
    if (thought !== undefined) thought.signature += delta.signature
  } else if (delta.type === 'text') {
    const thought = state.thoughts.get(block)
    if (thought !== undefined) thought.text += delta.text
  }
}

function endThought(state: CandidateState, block: number): void {
  const thought = state.thoughts.get(block)
  if (thought === undefined) return
  state.thoughts.delete(block)
  const { text, signature, redacted } = thought
  if (redacted === undefined && signature === '') return
  const part: ReasoningPart =
    redacted === undefined ? { type: 'reasoning', text, signature } : { type: 'reasoning', text, redacted }
  ;(state.isOpening ? state.opening : state.before).push(part)
}
