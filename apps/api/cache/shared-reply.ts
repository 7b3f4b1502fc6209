import type { Frame } from '#contract'
import { createFrameLog } from './frame-log.ts'

/*
 * One answer and those who read it, each at its own pace. The frames lie in a log:
 *
 *   whole     from the first frame on: who comes late reads all of it
 *   cut       more than the limit came: what every reader has had is dropped, nobody new can join
 *   over      the terminal frame is in the log, the source failed or has ended
 *   closed    every reader left before that: the source is cancelled
 *
 *   whole → the limit → cut       whole | cut → terminal frame → over       whole | cut → last reader leaves → closed
 *
 * The source is asked for more when the reader that is furthest asks, which is its back-pressure. The eldest reader (whose
 * call it is; after it the next one) is never left behind: the source waits for it. Another one that is more than the
 * limit behind falls off.
 */

export type Source = {
  /** Undefined when no more will come. */
  next(): Promise<readonly Frame[] | undefined>
  cancel(): void
}

export type Reader = {
  /** The next frames; `over` behind the last one and after `leave`; `behind` when they are gone. Rejects as the source did. */
  read(): Promise<readonly Frame[] | 'over' | 'behind'>
  /** Ends a pending `read`; the last one to leave cancels the source. */
  leave(): void
}

export type SharedReply = {
  /** Undefined when its beginning is gone. */
  join(): Reader | undefined
}

type Place = { next: number; bytes: number; left: boolean; behind: boolean }

export function createSharedReply(options: {
  readonly source: Source
  readonly limitBytes: number
  /** The answer is larger than the limit: called at most once, before `onOver`. */
  onTooLarge(): void
  /** Called once: with all frames if they end with a terminal one and are still here, else without. */
  onOver(frames: readonly Frame[] | undefined): void
}): SharedReply {
  const { source } = options
  const log = createFrameLog()
  const readers = createReaders(options.limitBytes)
  const { changed, wake } = createSignal()
  let whole = true
  let over = false
  let failure: { readonly error: unknown } | undefined
  let pulling = false

  const finish = (frames: readonly Frame[] | undefined) => {
    if (over) return
    over = true
    options.onOver(frames)
  }
  const trim = () => {
    if (!whole) log.dropBefore(readers.leastNext() ?? log.end)
  }
  const append = (frames: readonly Frame[]) => {
    log.push(frames)
    if (log.bytes > options.limitBytes) {
      if (whole) options.onTooLarge()
      whole = false
      readers.dropSlow(log.bytes)
      trim()
    }
    if (isTerminal(frames.at(-1))) finish(whole ? log.all() : undefined)
  }
  const pull = async () => {
    if (pulling) return
    pulling = true
    try {
      while (readers.eldestIsSlow(log.bytes)) await changed()
      if (over) return
      const frames = await source.next()
      if (over) return
      if (frames === undefined) finish(undefined)
      else append(frames)
    } catch (error) {
      failure = { error }
      finish(undefined)
    } finally {
      pulling = false
      wake()
    }
  }
  const ready = (place: Place) => {
    if (place.left) return 'over'
    if (place.behind) return 'behind'
    if (place.next < log.end) return take(place)
    if (failure !== undefined) throw failure.error
    return over ? 'over' : undefined
  }
  const take = (place: Place): readonly Frame[] => {
    const { frames, bytes } = log.batchFrom(place.next)
    place.next += frames.length
    place.bytes = bytes
    trim()
    wake()
    return frames
  }
  const read = async (place: Place) => {
    for (;;) {
      const result = ready(place)
      if (result !== undefined) return result
      const change = changed()
      void pull()
      await change
    }
  }
  const leave = (place: Place) => {
    if (place.left) return
    place.left = true
    readers.remove(place)
    if (readers.isEmpty() && !over) {
      finish(undefined)
      source.cancel()
    }
    trim()
    wake()
  }
  return {
    join() {
      if (!whole || (over && !isTerminal(log.last))) return undefined
      const place = readers.add()
      return { read: () => read(place), leave: () => leave(place) }
    },
  }
}

/** In the order in which they came. */
function createReaders(limitBytes: number) {
  const places = new Set<Place>()
  const eldest = (): Place | undefined => places.values().next().value
  const isSlow = (place: Place | undefined, bytes: number) =>
    place !== undefined && bytes - place.bytes > limitBytes
  return {
    add() {
      const place: Place = { next: 0, bytes: 0, left: false, behind: false }
      places.add(place)
      return place
    },
    remove: (place: Place) => void places.delete(place),
    isEmpty: () => places.size === 0,
    eldestIsSlow: (bytes: number) => isSlow(eldest(), bytes),
    dropSlow(bytes: number) {
      const kept = eldest()
      for (const place of places) {
        if (place === kept || !isSlow(place, bytes)) continue
        place.behind = true
        places.delete(place)
      }
    },
    leastNext(): number | undefined {
      let least: number | undefined
      for (const { next } of places) least = least === undefined ? next : Math.min(least, next)
      return least
    },
  }
}

/** Wakes whoever waits for anything to change. */
function createSignal() {
  let waiting: (() => void)[] = []
  return {
    changed: () => new Promise<void>((resolve) => waiting.push(resolve)),
    wake() {
      const woken = waiting
      waiting = []
      for (const resolve of woken) resolve()
    },
  }
}

function isTerminal(frame: Frame | undefined): boolean {
  return frame?.type === 'end' || frame?.type === 'fail'
}
