import type { Frame } from '#contract'
import type { Reply } from '#queue'
import { type Entry, entryOf, framesOf, isKept } from './entry.ts'
import { failFrame, isRefusal } from './errors.ts'
import { createSharedReply, type Reader, type Source } from './shared-reply.ts'
import type { Announced, StoredAnswers } from './stored-answers.ts'
import type { CacheRequest } from './types.ts'

/*
 * One answer on its way to all identical requests of this process.
 *
 *   looking    in the store, for the answer and for a process that is getting it
 *     → stored     the answer is there
 *     → waiting    another process is asking → elsewhere (its answer came) | asked (it gave up, or it takes too long)
 *     → asked      the first request's own call; others read along. Kept when it is over, if it may be
 *   any of them → the last reader leaves → stopped
 */

/** Where the answer comes from, once that is known. */
export type Origin = 'stored' | 'elsewhere' | 'asked'

export type Flight = {
  readonly origin: Origin | undefined
  /** Undefined when its beginning is gone. */
  join(): Reader | undefined
}

/** Asks for the answer; `waitedMs` of the request's time have passed. Rejects with GatewayError where it is refused. */
export type Ask = (waitedMs: number) => Promise<Reply>

export function createFlight(options: {
  readonly key: string
  /** The one whose call it is. */
  readonly request: CacheRequest
  readonly ask: Ask
  readonly startedMs: number
  readonly nowMs: () => number
  readonly answers: StoredAnswers
  readonly limitBytes: number
  /** Nobody can join it any more. */
  onGone(): void
}): Flight {
  const { key, request, answers } = options
  const first = request.targets[0]
  const name = { key, priority: request.priority }
  const stop = new AbortController()
  let origin: Origin | undefined
  let upstream: Reply | undefined
  let announced: Announced | undefined

  const endAnnouncement = () => {
    if (announced?.type === 'mine') announced.end()
  }
  async function* source(): AsyncGenerator<readonly Frame[], void> {
    const found = await look()
    if (stop.signal.aborted) return
    if (found !== undefined) yield framesOf(found)
    else yield* askedFrames()
  }
  /** Tells the other processes, unless one of them has told already. */
  const announce = async (): Promise<Entry | undefined> => {
    announced = await answers.announce(name)
    if (stop.signal.aborted) endAnnouncement()
    if (announced.type !== 'kept') return undefined
    origin = 'stored'
    return announced.entry
  }
  const look = async (): Promise<Entry | undefined> => {
    const kept = await answers.find(key)
    if (kept !== undefined) origin = 'stored'
    if (kept !== undefined || stop.signal.aborted) return kept
    const fresh = await announce()
    if (announced?.type !== 'elsewhere' || stop.signal.aborted) return fresh
    // Half of the time is left for a call of one's own.
    const theirs = await answers.waitFor(name, { limitMs: request.timeoutMs / 2, signal: stop.signal })
    if (theirs !== undefined) origin = 'elsewhere'
    if (theirs !== undefined || stop.signal.aborted) return theirs
    // They gave up or take too long: who waits as well shall wait for this process now.
    return await announce()
  }
  async function* askedFrames(): AsyncGenerator<readonly Frame[], void> {
    origin = 'asked'
    try {
      upstream = await options.ask(options.nowMs() - options.startedMs)
    } catch (error) {
      if (!isRefusal(error)) throw error
      yield [failFrame(error)]
      return
    }
    // The last reader left meanwhile.
    if (stop.signal.aborted) upstream.cancel()
    for await (const frames of upstream) {
      // No process should wait for what will not be kept.
      if (frames.some((frame) => frame.type === 'head' && !isKept(frame, first))) endAnnouncement()
      yield frames
    }
  }
  const onOver = async (frames: readonly Frame[] | undefined) => {
    const entry = frames === undefined || origin !== 'asked' ? undefined : entryOf(frames, first)
    if (entry === undefined) {
      options.onGone()
      endAnnouncement()
      return
    }
    // Until the store has it, who comes finds it here.
    await answers.keep(key, entry)
    options.onGone()
    endAnnouncement()
  }
  const shared = createSharedReply({
    source: toSource(source(), () => {
      stop.abort()
      upstream?.cancel()
    }),
    limitBytes: options.limitBytes,
    onTooLarge() {
      options.onGone()
      endAnnouncement()
    },
    onOver: (frames) => void onOver(frames),
  })
  return {
    get origin() {
      return origin
    },
    join: () => shared.join(),
  }
}

function toSource(frames: AsyncGenerator<readonly Frame[], void>, stop: () => void): Source {
  return {
    async next() {
      const result = await frames.next()
      return result.done === true ? undefined : result.value
    },
    cancel() {
      stop()
      // Ends it where it stands; whatever it still meets concerns nobody.
      frames.return().catch(() => {})
    },
  }
}
