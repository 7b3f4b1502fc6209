import type { Job } from 'bullmq'
import type { Redis } from 'ioredis'
import type { HopFrame } from '#contract'
import { decodeHeader, type JobData } from '../codec.ts'
import { jobIdOf, type Keys } from './keys.ts'

/**
 * Where a job that was taken from a dead worker has gone on to, if it has: that worker died after it had enqueued the next
 * hop and before it could say so. The answer comes from there; this job has nothing to say but that.
 */
export async function findNextHop(
  connection: Redis,
  keys: Keys,
  job: Job<JobData>,
): Promise<HopFrame | undefined> {
  const { plan, hop, requestId } = decodeHeader(job.data.header)
  for (const [index, { provider, model }] of [...plan.entries()].slice(hop + 1).reverse()) {
    const there = await connection.exists(keys.bull(provider, jobIdOf(requestId, index)))
    if (there === 1) return { type: 'hop', hop: index, target: { provider, model } }
  }
  return undefined
}
