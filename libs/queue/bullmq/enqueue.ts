import type { Redis } from 'ioredis'
import type { JobHeader } from '#contract'
import { encodeInlineBody, type JobData } from '../codec.ts'
import type { Keys, Place } from './keys.ts'
import type { Producer } from './producer.ts'

/** A body outlives its job's deadline by this much. */
const bodyMarginMs = 60_000

/** Puts an admitted request's job into its queue. */
export type Enqueue = (options: {
  readonly place: Place
  readonly header: JobHeader
  readonly body: Uint8Array
  readonly upload: boolean
  /** Its place counts towards its tenant's share. */
  readonly shared: boolean
  /** BullMQ's. */
  readonly priority: number
  readonly delayMs: number
}) => Promise<void>

/** `connectionOf` a provider is the one on which `producer` adds its jobs. */
export function createEnqueue(
  connectionOf: (provider: string) => Redis,
  keys: Keys,
  producer: Producer,
): Enqueue {
  return async ({ place, header, body, upload, shared, priority, delayMs }) => {
    const inline = encodeInlineBody(body)
    const data: JobData = {
      header,
      ...(inline !== undefined && { body: inline }),
      ...(upload && { upload: true }),
      ...(shared && { shared: true }),
    }
    const { admittedAtMs, deadlineMs } = header
    // On one connection the body is there before the job that needs it.
    const stored =
      inline === undefined
        ? connectionOf(place.provider).set(
            keys.body(place.provider, place.jobId),
            Buffer.from(body.buffer, body.byteOffset, body.byteLength),
            'PX',
            Math.max(Math.ceil(deadlineMs - admittedAtMs), 0) + bodyMarginMs,
          )
        : undefined
    const added = producer.add({ ...place, data, priority, delayMs, admittedAtMs })
    await Promise.all([stored, added])
  }
}
