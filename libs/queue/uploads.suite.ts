import { createHash } from 'node:crypto'
import type { Delivery, Outcome } from './broker.ts'
import { writeHead } from './helpers.suite.ts'

/** A caller's body of which everything can be seen: how much was asked for, what it was, and whether it was let go. */
export type TestUpload = {
  readonly source: AsyncIterable<Uint8Array>
  /** Bytes that were handed out so far. */
  readonly readBytes: number
  /** Resolves when whoever read it has left before its end. */
  readonly released: Promise<void>
  /** Of what was handed out. */
  sha256(): string
}

/** `pieces` pieces of `pieceBytes` each, no two alike. `gate` is awaited before each; what it throws is the caller's error. */
export function createUploadSource(options: {
  readonly pieces: number
  readonly pieceBytes: number
  readonly gate?: (index: number) => Promise<void> | void
}): TestUpload {
  const { pieces, pieceBytes } = options
  const hash = createHash('sha256')
  const released = Promise.withResolvers<void>()
  let index = 0
  let readBytes = 0
  const iterator: AsyncIterator<Uint8Array> = {
    async next() {
      if (index >= pieces) return { done: true, value: undefined }
      await options.gate?.(index)
      const value = Buffer.alloc(pieceBytes, `${index} `)
      index += 1
      readBytes += value.byteLength
      hash.update(value)
      return { done: false, value }
    },
    async return() {
      released.resolve()
      return { done: true, value: undefined }
    },
  }
  return {
    source: { [Symbol.asyncIterator]: () => iterator },
    get readBytes() {
      return readBytes
    },
    released: released.promise,
    sha256: () => hash.copy().digest('hex'),
  }
}

/** The processor that reads the whole upload and says its length and digest. */
export async function digest(delivery: Delivery): Promise<Outcome> {
  const hash = createHash('sha256')
  let length = 0
  for await (const bytes of delivery.upload ?? []) {
    hash.update(bytes)
    length += bytes.byteLength
  }
  writeHead(delivery)
  delivery.reply.chunk(Buffer.from(`${length} ${hash.digest('hex')}`))
  delivery.reply.end({ attempts: [], warnings: [] })
  return { type: 'done' }
}
