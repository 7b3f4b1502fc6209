import type { Frame } from '#contract'
import type { FrameBatch, RunKey } from '../codec.ts'
import type { FrameSink } from '../reply-writer.ts'

/*
 * The worker's end of one run's reply: numbered frames, kept until the API pod has acknowledged them.
 *
 *   next      number of the next frame to be written
 *   sent      frames below were handed to the channel at least once
 *   kept      frames [acked, next), oldest first; acked is the cumulative acknowledgement
 *
 * A message may be lost, so frames that stay unacknowledged are sent again: at once when the pod asks (`resend`), else
 * after 50 ms, 100 ms, … 1 s (`nudge`), oldest first and little at a time, because a pod whose client is slow has them
 * already and only answers with its acknowledgement.
 */

const nudgeFirstMs = 50
const nudgeCapMs = 1_000
const nudgeBytes = 64 * 1024
/** Frames that wait for their acknowledgement longer than this have no reader any more. */
const abandonMs = 60_000

const frameOverheadBytes = 64

export type Outgoing = FrameSink & {
  readonly key: RunKey
  readonly pod: string
  /** Frames not yet handed to the channel. */
  takeUnsent(nowMs: number): FrameBatch | undefined
  /** Everything unacknowledged from `from` on. */
  takeFrom(from: number, nowMs: number): FrameBatch | undefined
  /** What to send again now, if its time has come. */
  takeNudge(nowMs: number): FrameBatch | undefined
  acknowledge(next: number, nowMs: number): void
  /** The terminal frame was acknowledged: nothing is left to do. */
  readonly finished: boolean
  /** No sign of the pod for a minute while frames waited. */
  abandoned(nowMs: number): boolean
  discard(): void
}

export function createOutgoing(options: {
  readonly key: RunKey
  readonly pod: string
  readonly worker: string
  /** Called when a frame was written and wants to be sent with this tick's others. */
  readonly onWrite: (outgoing: Outgoing) => void
}): Outgoing {
  const kept: { readonly frame: Frame; readonly bytes: number }[] = []
  let next = 0
  let sent = 0
  let unreadBytes = 0
  let terminal = false
  let lastSignMs = 0
  let nudgeAtMs = Number.POSITIVE_INFINITY
  let nudgeDelayMs = nudgeFirstMs
  let waiters: (() => void)[] = []

  const acked = () => next - kept.length

  function batch(from: number, limitBytes: number): FrameBatch | undefined {
    const frames: Frame[] = []
    let bytes = 0
    for (const entry of kept.slice(Math.max(from - acked(), 0))) {
      if (frames.length > 0 && bytes + entry.bytes > limitBytes) break
      frames.push(entry.frame)
      bytes += entry.bytes
    }
    if (frames.length === 0) return undefined
    return { ...options.key, worker: options.worker, from: Math.max(from, acked()), frames }
  }

  function wake(): void {
    const woken = waiters
    waiters = []
    for (const resolve of woken) resolve()
  }

  const outgoing: Outgoing = {
    key: options.key,
    pod: options.pod,
    write(frame) {
      if (terminal) return
      const bytes = frameOverheadBytes + (frame.type === 'chunk' ? frame.bytes.byteLength : 0)
      kept.push({ frame, bytes })
      next += 1
      unreadBytes += bytes
      terminal = frame.type === 'end' || frame.type === 'fail' || frame.type === 'hop'
      options.onWrite(outgoing)
    },
    get unreadBytes() {
      return unreadBytes
    },
    async below(limitBytes) {
      while (unreadBytes >= limitBytes) await new Promise<void>((resolve) => waiters.push(resolve))
    },
    takeUnsent(nowMs) {
      const unsent = batch(sent, Number.POSITIVE_INFINITY)
      sent = next
      if (unsent !== undefined && nudgeAtMs === Number.POSITIVE_INFINITY) {
        nudgeAtMs = nowMs + nudgeDelayMs
        lastSignMs = nowMs
      }
      return unsent
    },
    takeFrom(from, nowMs) {
      lastSignMs = nowMs
      nudgeAtMs = nowMs + nudgeDelayMs
      sent = next
      return batch(from, Number.POSITIVE_INFINITY)
    },
    takeNudge(nowMs) {
      if (nowMs < nudgeAtMs) return undefined
      nudgeDelayMs = Math.min(nudgeDelayMs * 2, nudgeCapMs)
      nudgeAtMs = nowMs + nudgeDelayMs
      return batch(acked(), nudgeBytes)
    },
    acknowledge(upTo, nowMs) {
      lastSignMs = nowMs
      const count = Math.min(upTo, sent) - acked()
      if (count <= 0) return
      for (const entry of kept.splice(0, count)) unreadBytes -= entry.bytes
      nudgeDelayMs = nudgeFirstMs
      nudgeAtMs = kept.length === 0 ? Number.POSITIVE_INFINITY : nowMs + nudgeDelayMs
      wake()
    },
    get finished() {
      return terminal && kept.length === 0
    },
    abandoned: (nowMs) => nudgeAtMs !== Number.POSITIVE_INFINITY && nowMs - lastSignMs > abandonMs,
    discard() {
      kept.length = 0
      unreadBytes = 0
      sent = next
      nudgeAtMs = Number.POSITIVE_INFINITY
      wake()
    },
  }
  return outgoing
}
