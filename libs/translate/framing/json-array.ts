import type { StreamFrame } from '#contract'
import type { FrameEncoder } from './frames.ts'

/** `[frame,\r\nframe,…]`, the way in which Google streams where `alt=sse` was not asked for. */
export function createJsonArrayEncoder(): FrameEncoder {
  let begun = false
  return {
    push(frames) {
      let text = ''
      for (const { data } of frames) {
        text += begun ? `,\r\n${data}` : `[${data}`
        begun = true
      }
      return Buffer.from(text)
    },
    end: () => Buffer.from(begun ? '\r\n]' : '[]'),
  }
}

/** Items that end an array of which at least one item has gone out. */
export function encodeLastItems(frames: readonly StreamFrame[]): Uint8Array {
  return Buffer.from(`${frames.map(({ data }) => `,\r\n${data}`).join('')}\r\n]`)
}
