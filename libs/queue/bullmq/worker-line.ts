import type { Frame, HopFrame } from '#contract'
import type { FrameBatch } from '../codec.ts'
import type { ControlOutbox } from './control-outbox.ts'
import type { Keys } from './keys.ts'

/** What an API pod says to workers. */
export type WorkerLine = {
  /** All frames of the batch's run below `next` were consumed. */
  acknowledge(batch: Omit<FrameBatch, 'from' | 'frames'>, next: number): void
  /** All frames of a run that has ended: its worker writes no more, and waits for no credit. */
  acknowledgeEnd(batch: Omit<FrameBatch, 'from' | 'frames'>, next: number): void
  /** The whole batch is done with, whether it was wanted or not. */
  acknowledgeWhole(batch: FrameBatch): void
  /** Frames before this batch were lost. */
  resend(batch: FrameBatch, from: number): void
  /** To one worker, or to all when we do not know which has it. */
  cancel(requestId: string, worker?: string): void
  /** The pod's channel was not heard for a while: everything due to it, please. */
  resendAll(pod: string): void
}

export function createWorkerLine(control: ControlOutbox, keys: Keys): WorkerLine {
  const line: WorkerLine = {
    acknowledge({ requestId, hop, run, worker }, next) {
      control.send(keys.controlChannel(worker), { type: 'ack', requestId, hop, run, next })
    },
    acknowledgeEnd({ requestId, hop, run, worker }, next) {
      control.sendUnhurried(keys.controlChannel(worker), { type: 'ack', requestId, hop, run, next })
    },
    acknowledgeWhole(batch) {
      line.acknowledge(batch, batch.from + batch.frames.length)
    },
    resend({ requestId, hop, run, worker }, from) {
      control.send(keys.controlChannel(worker), { type: 'resend', requestId, hop, run, from })
    },
    cancel(requestId, worker) {
      const channel = worker === undefined ? keys.allWorkersChannel : keys.controlChannel(worker)
      control.send(channel, { type: 'cancel', requestId })
    },
    resendAll(pod) {
      control.send(keys.allWorkersChannel, { type: 'resend-all', pod })
    },
  }
  return line
}

/** True when the batch ends its run: its worker waits for nothing more than the acknowledgement. */
export function endsRun(batch: FrameBatch): boolean {
  const last = batch.frames[batch.frames.length - 1]
  return last?.type === 'end' || last?.type === 'fail'
}

/** The hop among these frames: the last one of its run. */
export function hopIn(frames: readonly Frame[]): HopFrame | undefined {
  const last = frames[frames.length - 1]
  return last?.type === 'hop' ? last : undefined
}
