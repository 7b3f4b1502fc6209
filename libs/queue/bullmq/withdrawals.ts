import type { Redis } from 'ioredis'
import { loadScript } from '#store'
import { waitUntil } from '../wait-until.ts'
import type { Keys, Place } from './keys.ts'

const retryMs = 1_000

const withdrawScript = loadScript('./lua/withdraw.lua', import.meta.url)

/**
 * Takes back what was admitted or enqueued, on the connection that sent it, so that it comes after it. While Redis is
 * away what could not be taken back is kept, and done when it is back: an enqueue that timed out may still have
 * happened.
 */
export type Withdrawals = {
  /**
   * `queued`: it was waiting, and no worker will have it. `running`: a worker has it. `gone`: there is no such job (any
   * more). `unknown`: Redis is away, it will be done.
   */
  withdraw(place: Place): Promise<'queued' | 'running' | 'gone' | 'unknown'>
  /** Takes it back if no worker ever had it; whether it did. Rejects while Redis is away. */
  withdrawUnstarted(place: Place): Promise<boolean>
  /** Resolves when those under way have been answered, or after `limitMs`. */
  settled(limitMs: number): Promise<void>
  close(): void
}

export function createWithdrawals(options: {
  /** The one that admits and enqueues for this provider. */
  connectionOf(provider: string): Redis
  readonly keys: Keys
  /** A worker has it: it must be told. */
  onRunning(place: Place): void
  /** It has ended or moved on: what it said last may be on its way. */
  onGone(place: Place): void
}): Withdrawals {
  const { connectionOf, keys } = options
  const resumes = new Map<Redis, () => void>()
  const undone = new Map<string, Place>()
  const timers = new Map<string, NodeJS.Timeout>()
  let closed = false

  async function run({ provider, jobId, tenant }: Place, unstarted: boolean): Promise<unknown> {
    const names = ['prioritized', 'delayed', 'wait'] as const
    return withdrawScript.run(
      connectionOf(provider),
      [
        keys.bull(provider, jobId),
        ...names.map((name) => keys.bull(provider, name)),
        keys.admitted(provider),
        keys.tenant(provider, tenant),
        keys.tags(provider),
        keys.body(provider, jobId),
      ],
      [jobId, tenant, unstarted ? 1 : 0],
    )
  }

  async function withdraw(place: Place): Promise<'queued' | 'running' | 'gone' | 'unknown'> {
    undone.set(place.jobId, place)
    resumeWith(connectionOf(place.provider))
    try {
      const found = await run(place, false)
      undone.delete(place.jobId)
      if (found === 1) return 'queued'
      if (found === 0) options.onRunning(place)
      else options.onGone(place)
      return found === 0 ? 'running' : 'gone'
    } catch {
      clearTimeout(timers.get(place.jobId))
      if (!closed) timers.set(place.jobId, setTimeout(again, retryMs, place))
      return 'unknown'
    }
  }

  /** A frozen server answers late and gives no sign when it thaws: ask again until it has answered. */
  function again(place: Place): void {
    timers.delete(place.jobId)
    if (undone.has(place.jobId)) void withdraw(place)
  }

  function stopTimers(): void {
    for (const timer of timers.values()) clearTimeout(timer)
    timers.clear()
  }

  /** When this connection is back, so is what waits for it. */
  function resumeWith(connection: Redis): void {
    if (resumes.has(connection)) return
    const resume = () => {
      for (const place of [...undone.values()]) {
        if (connectionOf(place.provider) === connection) void withdraw(place)
      }
    }
    resumes.set(connection, resume)
    connection.on('ready', resume)
  }

  return {
    withdraw,
    withdrawUnstarted: async (place) => (await run(place, true)) === 1,
    settled: (limitMs) => waitUntil(() => undone.size === 0, limitMs),
    close: () => {
      closed = true
      stopTimers()
      for (const [connection, resume] of resumes) connection.off('ready', resume)
    },
  }
}
