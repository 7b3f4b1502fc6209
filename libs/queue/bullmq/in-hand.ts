import type { GatewayError } from '#contract'
import { createShelf } from '../bag.ts'
import type { ReturnAddress } from './take-job.ts'

/*
 * The jobs of one consumer.
 *
 *   running    its processor works on it
 *   settling   its processor is done, BullMQ has not completed it yet (it may have to wait for Redis)
 *
 * A job is known by its id; the run says which taking of it is meant, for a job may come to us again while an earlier
 * run of it still lives.
 */

export type Run = {
  readonly address: ReturnAddress
  abort(reason: GatewayError): void
}

export type InHand = {
  readonly runs: readonly Run[]
  /** Starts a run; an earlier one of the same job is not ours any more and is aborted with what `lost` gives. */
  start(jobId: string, run: Run, lost: () => GatewayError): void
  /** The processor of this run is done; `completes` is false when the job was delayed instead. */
  finish(jobId: string, run: Run, completes: boolean): void
  /** BullMQ has let go of it. */
  completed(jobId: string): void
  abort(jobId: string, reason: GatewayError): void
  /** Whether the job is running or settling. */
  holds(jobId: string): boolean
}

export function createInHand(): InHand {
  const running = createShelf<Run>()
  const settling = new Set<string>()
  return {
    get runs() {
      return running.values()
    },
    start(jobId, run, lost) {
      running.get(jobId)?.abort(lost())
      running.set(jobId, run)
    },
    finish(jobId, run, completes) {
      if (running.get(jobId) !== run) return
      running.delete(jobId)
      if (completes) settling.add(jobId)
    },
    completed(jobId) {
      settling.delete(jobId)
    },
    abort(jobId, reason) {
      running.get(jobId)?.abort(reason)
    },
    holds: (jobId) => running.get(jobId) !== undefined || settling.has(jobId),
  }
}
