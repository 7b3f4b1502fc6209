import type { Redis } from 'ioredis'
import { loadScript } from '#store'
import type { Keys } from './keys.ts'

/*
 * A connection may be lost between the moment when Redis hands us a job and the moment when its reply arrives. The job is
 * then active, locked and ours, and nobody works on it.
 *
 *   calm        no connection was lost lately: nothing is looked for
 *   suspicious  for 15 s after a reconnect: a job that is active under our name and not in our hands, twice in a row a
 *               second apart, is given back to the queue; it has not begun, so it may run
 */

const suspiciousMs = 15_000

const reclaimScript = loadScript('./lua/reclaim.lua', import.meta.url)

export type Orphans = {
  /** Looks once; resolves with how many jobs were given back. Called every second. */
  look(): Promise<number>
  close(): void
}

export function createOrphans(options: {
  readonly connection: Redis
  readonly keys: Keys
  readonly provider: string
  readonly worker: string
  /** Whether a job is in our hands. */
  holds(jobId: string): boolean
}): Orphans {
  const { connection, keys, provider, worker } = options
  let lostAtMs = Number.NEGATIVE_INFINITY
  let before = new Set<string>()

  const onClose = () => {
    lostAtMs = Number.POSITIVE_INFINITY
  }
  const onReady = () => {
    if (lostAtMs === Number.POSITIVE_INFINITY) lostAtMs = performance.now()
  }
  connection.on('close', onClose)
  connection.on('ready', onReady)

  async function strangers(): Promise<Set<string>> {
    const active = await connection.lrange(keys.bull(provider, 'active'), 0, -1)
    const notHeld = active.filter((jobId) => !options.holds(jobId))
    const owners = await Promise.all(
      notHeld.map((jobId) => connection.hget(keys.bull(provider, jobId), 'pb')),
    )
    return new Set(notHeld.filter((_, index) => owners[index] === worker))
  }

  return {
    async look() {
      if (connection.status !== 'ready' || performance.now() - lostAtMs > suspiciousMs) return 0
      const now = await strangers()
      const orphans = [...now].filter((jobId) => before.has(jobId) && !options.holds(jobId))
      before = now
      if (orphans.length === 0) return 0
      const reclaimed = await reclaimScript.run(
        connection,
        [keys.bull(provider, 'active'), keys.bull(provider, 'stalled'), keys.bull(provider, 'stalled-check')],
        [worker, keys.bull(provider, ''), ...orphans],
      )
      return reclaimed as number
    },
    close() {
      connection.off('close', onClose)
      connection.off('ready', onReady)
    },
  }
}
