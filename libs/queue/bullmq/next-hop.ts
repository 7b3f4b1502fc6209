import type { Job } from 'bullmq'
import type { HopFrame } from '#contract'
import { decodeHeader, type JobData } from '../codec.ts'
import { outcomeUnknown } from '../errors.ts'
import type { ConsumerOptions } from './consumer-options.ts'
import { jobIdOf, placeOf } from './keys.ts'

/**
 * Where a job that was taken from a dead worker has gone on to, if it has: that worker died after it had enqueued the next
 * hop and before it could say so. The answer comes from there; this job has nothing to say but that. Where the target's own
 * Redis does not answer nobody knows: the job's outcome is unknown, and what may be there is taken back.
 */
export async function findNextHop(
  { store, keys, placing }: Pick<ConsumerOptions, 'store' | 'keys' | 'placing'>,
  job: Job<JobData>,
): Promise<HopFrame | undefined> {
  const header = decodeHeader(job.data.header)
  const { plan, hop, requestId } = header
  const here = plan[hop]?.provider ?? ''
  for (const [index, { provider, model }] of [...plan.entries()].slice(hop + 1).reverse()) {
    // What this job came from answers for itself.
    const isHere = placing.sameClock(here, provider)
    const connection = isHere ? store.connections.consumer(provider) : store.connections.producer(provider)
    const asked = connection.exists(keys.bull(provider, jobIdOf(requestId, index)))
    const there = await asked.catch((error: unknown) => {
      if (isHere) throw error
      void placing.withdrawals.withdraw(placeOf(header, provider, index))
      throw outcomeUnknown()
    })
    if (there === 1) return { type: 'hop', hop: index, target: { provider, model } }
  }
  return undefined
}
