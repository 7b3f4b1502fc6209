import type { Redis } from 'ioredis'
import { createShelf } from '../bag.ts'
import { encodeBatches, type FrameBatch, type RunKey } from '../codec.ts'
import type { FrameSink } from '../reply-writer.ts'
import type { Keys } from './keys.ts'
import { createOutgoing, type Outgoing } from './outgoing.ts'

/** All replies that a worker process has under way: what one tick wrote to one pod goes out as one message. */
export type ReplyOutbox = {
  /** The sink of a run; asked for again it is the same one, numbers and all. */
  open(key: RunKey, pod: string): FrameSink
  acknowledge(key: RunKey, next: number): void
  resend(key: RunKey, from: number): void
  /** The run ends without a terminal frame (it was delayed, or its upload is not read on): nothing is kept. */
  forget(key: RunKey): void
  /** Everything unacknowledged, to one pod or (after our own connection was away) to all. */
  resendAll(pod?: string): void
  /**
   * Resolves when all that was written so far was handed to the connection. A job is completed on the same connection
   * after that: whenever the worker dies, a job that is gone has left its answer behind.
   */
  flushed(): Promise<void>
  /** Resolves when every terminal frame was acknowledged, or after `limitMs`. */
  settled(limitMs: number): Promise<void>
  close(): void
}

const nudgeIntervalMs = 25
/** Sent again to one pod at one time: far below what Redis holds for a slow subscriber before it cuts it off (32 MiB). */
const nudgeBytesPerPod = 512 * 1024

export function createReplyOutbox(options: {
  /** The one on which BullMQ completes jobs. */
  readonly connection: Redis
  readonly keys: Keys
  readonly worker: string
  /** Called for a run whose pod has shown no sign for a minute. */
  onAbandoned(key: RunKey): void
}): ReplyOutbox {
  const { connection, keys, worker } = options
  const open = createShelf<Outgoing>()
  let written: Outgoing[] = []
  let flushing = false
  let flushed = Promise.withResolvers<void>()
  let timer: NodeJS.Timeout | undefined
  let onSettled: (() => void) | undefined

  const now = () => performance.now()
  const idOf = (key: RunKey) => `${key.requestId} ${key.hop} ${key.run}`

  const publish = (outgoings: Iterable<Outgoing>, take: Take) =>
    publishBatches(connection, keys, outgoings, take)

  function flush(): void {
    flushing = false
    const nowMs = now()
    // One that stands here twice has nothing more to send the second time.
    publish(written, (outgoing) => outgoing.takeUnsent(nowMs))
    written = []
    flushed.resolve()
    flushed = Promise.withResolvers<void>()
  }

  function onWrite(outgoing: Outgoing): void {
    if (written.at(-1) !== outgoing) written.push(outgoing)
    if (flushing) return
    flushing = true
    setImmediate(flush)
  }

  function nudge(): void {
    const nowMs = now()
    const room = new Map<string, number>()
    const nudged = new Map<Outgoing, FrameBatch>()
    // Turn by turn: whoever was sent again goes to the end, so that a pod with many replies hears all of them.
    for (const outgoing of open.values()) {
      const left = room.get(outgoing.pod) ?? nudgeBytesPerPod
      if (left <= 0) continue
      const again = outgoing.takeNudge(nowMs)
      if (again === undefined) continue
      room.set(outgoing.pod, left - sizeOf(again))
      nudged.set(outgoing, again)
      open.delete(idOf(outgoing.key))
      open.set(idOf(outgoing.key), outgoing)
    }
    publish(nudged.keys(), (outgoing) => nudged.get(outgoing))
    for (const outgoing of open.values()) {
      if (!outgoing.abandoned(nowMs)) continue
      options.onAbandoned(outgoing.key)
      drop(outgoing)
    }
  }

  function drop(outgoing: Outgoing): void {
    outgoing.discard()
    open.delete(idOf(outgoing.key))
    if (open.size > 0) return
    clearInterval(timer)
    timer = undefined
    onSettled?.()
  }

  return {
    open(key, pod) {
      const existing = open.get(idOf(key))
      if (existing !== undefined) return existing
      const outgoing = createOutgoing({ key, pod, worker, onWrite })
      open.set(idOf(key), outgoing)
      timer ??= setInterval(nudge, nudgeIntervalMs)
      return outgoing
    },
    acknowledge(key, next) {
      const outgoing = open.get(idOf(key))
      outgoing?.acknowledge(next, now())
      if (outgoing?.finished) drop(outgoing)
    },
    resend(key, from) {
      open.get(idOf(key))?.hurry(now(), from)
    },
    forget(key) {
      const outgoing = open.get(idOf(key))
      if (outgoing !== undefined) drop(outgoing)
    },
    resendAll(pod) {
      for (const outgoing of open.values()) {
        if (pod === undefined || outgoing.pod === pod) outgoing.hurry(now())
      }
    },
    flushed: () => (written.length === 0 ? Promise.resolve() : flushed.promise),
    async settled(limitMs) {
      if (open.size === 0) return
      await new Promise<void>((resolve) => {
        const limit = setTimeout(resolve, limitMs)
        onSettled = () => {
          clearTimeout(limit)
          resolve()
        }
      })
    },
    close() {
      clearInterval(timer)
      for (const outgoing of open.values()) outgoing.discard()
      open.clear()
    },
  }
}

function sizeOf(batch: FrameBatch): number {
  return batch.frames.reduce((sum, frame) => sum + (frame.type === 'chunk' ? frame.bytes.byteLength : 64), 0)
}

type Take = (outgoing: Outgoing) => FrameBatch | undefined

/** What each of these has to send, one message a pod. */
function publishBatches(connection: Redis, keys: Keys, outgoings: Iterable<Outgoing>, take: Take): void {
  const byPod = new Map<string, FrameBatch[]>()
  for (const outgoing of outgoings) {
    const batch = take(outgoing)
    if (batch === undefined) continue
    const batches = byPod.get(outgoing.pod)
    if (batches === undefined) byPod.set(outgoing.pod, [batch])
    else batches.push(batch)
  }
  // What is not sent now stays unacknowledged, and goes out when the connection is back.
  if (connection.status !== 'ready') return
  for (const [pod, batches] of byPod) {
    keys.publish(connection, keys.replyChannel(pod), encodeBatches(batches)).catch(() => {})
  }
}
