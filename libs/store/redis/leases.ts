import type { StoreClock } from '../clock.ts'
import type { Leases } from '../store.ts'
import type { Connections } from './connections.ts'
import { loadScript } from './script.ts'

const renewScript = loadScript('./lua/renew.lua', import.meta.url)
const lapsedScript = loadScript('./lua/lapsed.lua', import.meta.url)

/** The two keys of a scope, for scripts of other rooms that check a lease while they act. */
export function leaseKeys(
  prefix: string,
  scope: string,
): { readonly leases: string; readonly since: string } {
  return { leases: `${prefix}:{${scope}}:leases`, since: `${prefix}:{${scope}}:leases-since` }
}

/** Leases in Redis: a scope is a provider id, its keys carry `{scope}`. Rejects while Redis is away. */
export function createRedisLeases(options: {
  readonly connections: Connections
  clockOf(provider: string): StoreClock
  readonly keyPrefix: string
  readonly monotonicMs: () => number
}): Leases {
  const { connections, clockOf, keyPrefix, monotonicMs } = options
  return {
    async renew(scope, holder, ttlMs) {
      const keys = leaseKeys(keyPrefix, scope)
      const sentMs = monotonicMs()
      const reply = await renewScript.run(
        connections.producer(scope),
        [keys.leases, keys.since],
        [holder, ttlMs],
      )
      const [nowMs, heldMs] = reply as [number, number]
      clockOf(scope).observe(nowMs, sentMs, monotonicMs())
      return { nowMs, heldMs }
    },
    async lapsed(scope) {
      const reply = await lapsedScript.run(
        connections.producer(scope),
        [leaseKeys(keyPrefix, scope).leases],
        [],
      )
      return reply as string[]
    },
    async release(scope, holder) {
      const keys = leaseKeys(keyPrefix, scope)
      await connections.producer(scope).multi().zrem(keys.leases, holder).hdel(keys.since, holder).exec()
    },
  }
}
