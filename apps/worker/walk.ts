import type { Attempt, GatewayErrorData, JobHeader, RetryState } from '#contract'
import { isJsonObject } from '#contract'
import type { Delivery } from '#queue'
import type { WorkerContext } from './context.ts'

/** One job on its way: what was asked, and what has happened to it. */
export type Job = { readonly context: WorkerContext; readonly delivery: Delivery; readonly walk: Walk }

/*
 * What a request has been through.
 *
 *   of the request   attempts, calls, firstFailure   travel from target to target in the header's journey
 *   of this target   callsHere, usedKeys             kept across a delay in the job's one small field, with the rest
 */

export type Walk = {
  /** Upstream calls and targets passed over, oldest first. */
  readonly attempts: Attempt[]
  /** Upstream calls over all targets. */
  calls: number
  /** Upstream calls at this target. */
  callsHere: number
  /** Names of the keys that were used at this target. */
  readonly usedKeys: Set<string>
  /** Why the first target could not answer. */
  firstFailure: GatewayErrorData | undefined
}

/** Where a delivery stands: at its target's beginning, or after the calls before its delay. */
export function resumeWalk({ header, retryState }: Pick<Delivery, 'header' | 'retryState'>): Walk {
  const kept = readState(retryState)
  const { attempts, calls, firstFailure } = kept ?? header.journey ?? { attempts: [], calls: 0 }
  return {
    attempts: [...attempts],
    calls,
    callsHere: kept?.callsHere ?? 0,
    usedKeys: new Set(kept?.usedKeys),
    firstFailure,
  }
}

type State = NonNullable<JobHeader['journey']> & {
  readonly callsHere: number
  readonly usedKeys: readonly string[]
}

export function retryStateOf(walk: Walk): RetryState {
  const state: State = { ...journeyOf(walk), callsHere: walk.callsHere, usedKeys: [...walk.usedKeys] }
  return state as unknown as RetryState
}

export function journeyOf({ attempts, calls, firstFailure }: Walk): NonNullable<JobHeader['journey']> {
  return { attempts, calls, ...(firstFailure !== undefined && { firstFailure }) }
}

/** Ours, written by a worker of the same job version. */
function readState(state: RetryState | undefined): State | undefined {
  return isJsonObject(state) && Array.isArray(state['attempts']) ? (state as unknown as State) : undefined
}
