import type { Redis } from 'ioredis'
import { loadScript, within } from '#store'
import type { QueueDepth } from '../broker.ts'
import type { DrainRates } from '../drain-rate.ts'
import { storeUnavailable } from '../errors.ts'
import type { Keys } from './keys.ts'

const readLimitMs = 1_000

const depthScript = loadScript('./lua/depth.lua', import.meta.url)

/** Counts one provider's queue. */
export async function readDepth(
  connection: Redis,
  keys: Keys,
  rates: DrainRates,
  provider: string,
): Promise<QueueDepth> {
  const counted = depthScript.run(
    connection,
    [
      ...['wait', 'prioritized', 'delayed', 'active'].map((name) => keys.bull(provider, name)),
      keys.admitted(provider),
      keys.limits(provider),
    ],
    [keys.bull(provider, '')],
  )
  const [reply, perSecond] = await within(
    readLimitMs,
    Promise.all([counted, rates.perSecond(provider)]),
    'Redis',
  ).catch((error: unknown) => {
    throw storeUnavailable(error)
  })
  const [waiting, delayed, active, admitted, capacity, oldestWaitMs] = reply as [
    number,
    number,
    number,
    number,
    number,
    number,
  ]
  return {
    provider,
    waiting,
    delayed,
    active,
    admitted,
    capacity,
    oldestWaitMs,
    drainPerSecond: perSecond ?? 0,
  }
}
