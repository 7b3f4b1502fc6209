import type { Frame } from '#contract'

/** The frames of one answer from some point on; places in it are counted from the very first frame. */
export type FrameLog = {
  /** Behind the last frame. */
  readonly end: number
  /** Of all frames that ever were in it. */
  readonly bytes: number
  readonly last: Frame | undefined
  push(frames: readonly Frame[]): void
  /** As many frames from a place on as make a batch, at least one where there is one; `bytes` up to their end. */
  batchFrom(place: number): { readonly frames: readonly Frame[]; readonly bytes: number }
  dropBefore(place: number): void
  all(): readonly Frame[]
}

/** What a frame costs beside its bytes: streams of tiny pieces are bounded as well. */
const frameBytes = 64
/** Handed out at once, so that a late reader is not sent all of it without a look at its socket. */
const batchBytes = 65_536

export function createFrameLog(): FrameLog {
  const held: { readonly frame: Frame; readonly endsAt: number }[] = []
  let dropped = 0
  let bytes = 0
  return {
    get end() {
      return dropped + held.length
    },
    get bytes() {
      return bytes
    },
    get last() {
      return held.at(-1)?.frame
    },
    push(frames) {
      for (const frame of frames) {
        bytes += frameBytes + (frame.type === 'chunk' ? frame.bytes.byteLength : 0)
        held.push({ frame: withOwnBytes(frame), endsAt: bytes })
      }
    },
    batchFrom(place) {
      const batch: Frame[] = []
      let begin: number | undefined
      let endsAt = bytes
      for (let index = place - dropped; index < held.length; index++) {
        const next = held[index]
        if (next === undefined || next.endsAt - (begin ?? next.endsAt) > batchBytes) break
        begin ??= next.endsAt
        batch.push(next.frame)
        endsAt = next.endsAt
      }
      return { frames: batch, bytes: endsAt }
    },
    dropBefore(place) {
      if (place <= dropped) return
      held.splice(0, place - dropped)
      dropped = place
    },
    all: () => held.map(({ frame }) => frame),
  }
}

/** A piece may be a small view of a large message, which would be held with it. */
function withOwnBytes(frame: Frame): Frame {
  if (frame.type !== 'chunk' || frame.bytes.byteLength === frame.bytes.buffer.byteLength) return frame
  return { type: 'chunk', bytes: Buffer.from(frame.bytes) }
}
