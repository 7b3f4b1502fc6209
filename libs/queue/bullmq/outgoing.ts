import type { Frame } from '#contract'
import type { FrameBatch, RunKey } from '../codec.ts'
import type { FrameSink } from '../reply-writer.ts'
import { createWaiters } from '../waiters.ts'

/*
 * The worker's end of one run's reply: numbered frames, kept until the API pod has acknowledged them.
 *
 *   next      number of the next frame to be written
 *   sent      frames below were handed to the channel at least once
 *   kept      frames [acked, next), oldest first; acked is the cumulative acknowledgement
 *
 *   again     while set: frames [again, sent) are sent once more, 64 KiB a turn
 *
 * A message may be lost, so frames that stay unacknowledged are sent again: from the pod's gap on when it asks (`hurry`),
 * else the oldest 64 KiB after 200 ms, 400 ms, … 1 s, because a pod whose client is slow has them already and only answers
 * with its acknowledgement; sooner, and a machine under load would send half of its answers twice. Never all at once: Redis
 * cuts off a subscriber for which more than 32 MiB wait.
 */

const nudgeFirstMs = 200
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
  /** The pod asks for frames from `from` on, or may have lost all that it has not acknowledged. */
  hurry(nowMs: number, from?: number): void
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
  // Of the key these alone: its owner may have put more into it, which would go out with each batch.
  const { requestId, hop, run } = options.key
  const kept: { readonly frame: Frame; readonly bytes: number }[] = []
  let next = 0
  let sent = 0
  let unreadBytes = 0
  let terminal = false
  let lastSignMs = 0
  let nudgeAtMs = Number.POSITIVE_INFINITY
  let nudgeDelayMs = nudgeFirstMs
  let again: number | undefined
  const waiters = createWaiters()

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
    return { requestId, hop, run, worker: options.worker, from: Math.max(from, acked()), frames }
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
      while (unreadBytes >= limitBytes) await waiters.wait()
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
    hurry(nowMs, from = acked()) {
      lastSignMs = nowMs
      // A pod asks again with every message beyond its gap; what is being sent already is on its way.
      if (kept.length === 0 || (again !== undefined && from <= again)) return
      again = Math.max(from, acked())
      nudgeDelayMs = nudgeFirstMs
      nudgeAtMs = nowMs
    },
    takeNudge(nowMs) {
      if (nowMs < nudgeAtMs) return undefined
      const nudged = batch(again ?? acked(), nudgeBytes)
      const end = nudged === undefined ? next : nudged.from + nudged.frames.length
      if (again !== undefined && end < sent) {
        again = end
        return nudged
      }
      if (again === undefined) nudgeDelayMs = Math.min(nudgeDelayMs * 2, nudgeCapMs)
      again = undefined
      nudgeAtMs = nowMs + nudgeDelayMs
      return nudged
    },
    acknowledge(upTo, nowMs) {
      lastSignMs = nowMs
      const count = Math.min(upTo, sent) - acked()
      if (count <= 0) return
      for (const entry of kept.splice(0, count)) unreadBytes -= entry.bytes
      nudgeDelayMs = nudgeFirstMs
      nudgeAtMs = kept.length === 0 ? Number.POSITIVE_INFINITY : nowMs + nudgeDelayMs
      waiters.wake()
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
      waiters.wake()
    },
  }
  return outgoing
}
