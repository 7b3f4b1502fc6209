import type { Frame } from '#contract'
import { behind, failFrame, noAnswerInTime } from './errors.ts'
import type { Reader } from './shared-reply.ts'

/** Where a request goes on: it has its answer, takes a place in a flight, or asks for itself. */
export type Next = 'over' | 'board' | 'alone'

export type Step =
  | { readonly type: 'pass' | 'last'; readonly frames: readonly Frame[] }
  | { readonly type: 'go'; readonly to: Next }

export type Situation = {
  /** It is this request's own call. */
  readonly leads: boolean
  /** A head was handed out. */
  readonly begun: boolean
  /** Its deadline ended the reading. */
  readonly late: boolean
  /** Time is left for another call. */
  readonly hasTime: boolean
}

/** What becomes of what a request read of a flight. */
export function nextStep(read: Awaited<ReturnType<Reader['read']>>, situation: Situation): Step {
  const { leads, begun, late, hasTime } = situation
  if (late) return { type: 'last', frames: [failFrame(noAnswerInTime())] }
  if (read === 'behind') {
    return begun ? { type: 'last', frames: [failFrame(behind())] } : { type: 'go', to: 'alone' }
  }
  if (read === 'over') return { type: 'go', to: 'over' }
  if (leads) return { type: 'pass', frames: read }
  const other = begun || !hasTime ? undefined : otherWay(read)
  return other === undefined ? { type: 'pass', frames: read.map(withoutCalls) } : { type: 'go', to: other }
}

/** Where one that only read along goes when the call failed before its head; undefined: the failure is its own too. */
function otherWay(frames: readonly Frame[]): Next | undefined {
  const first = frames.find(({ type }) => type !== 'hop')
  if (first?.type !== 'fail') return undefined
  const { kind } = first.error
  if (kind === 'queue-full') return 'alone'
  // That caller had left, or had given it less time.
  return kind === 'cancelled' || kind === 'timeout' ? 'board' : undefined
}

/** Calls are listed once, with the request that made them. */
function withoutCalls(frame: Frame): Frame {
  if (frame.type === 'head') return { ...frame, attempts: [], queueMs: 0 }
  return frame.type === 'end' || frame.type === 'fail' ? { ...frame, attempts: [] } : frame
}
