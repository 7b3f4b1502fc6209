import type { RateReservation } from '../rate-limits.ts'
import type { Leases, Records, Renewal, Store } from '../store.ts'
import type { Channel } from './channel.ts'
import { createSharedFacts } from './facts.ts'
import { createSharedWindows } from './windows.ts'

/** The store of a process whose shared state another one owns (`owner.ts`); facts are read from a copy of its own. */
export function createSharedStore(channel: Channel): Store {
  const windows = createSharedWindows(channel)
  return {
    leases: askedLeases(channel),
    records: askedRecords(channel),
    facts: createSharedFacts(channel, Date.now),
    windows,
    rateLimits: {
      reserve: async (stages) => (await channel.ask('reserve', stages)) as RateReservation,
      settle: async ({ name, untilMs }, delta) => {
        await channel.ask('settle', { name, untilMs }, delta)
      },
    },
    // One machine has one clock.
    clock: { nowMs: Date.now, observe: () => {} },
    ready: () => channel.open,
    async close() {
      windows.flush()
      channel.flush()
    },
  }
}

function askedLeases(channel: Channel): Leases {
  return {
    renew: async (...lease) => (await channel.ask('renew-lease', ...lease)) as Renewal,
    lapsed: async (scope) => (await channel.ask('lapsed-leases', scope)) as readonly string[],
    async release(scope, holder) {
      await channel.ask('release-lease', scope, holder)
    },
  }
}

function askedRecords(channel: Channel): Records {
  // JSON knows no `undefined`.
  const text = (value: unknown) => (typeof value === 'string' ? value : undefined)
  return {
    async set(key, value, ttlMs) {
      await channel.ask('set-record', key, value, ttlMs)
    },
    add: async (key, value, ttlMs) => (await channel.ask('add-record', key, value, ttlMs)) === true,
    get: async (key) => text(await channel.ask('get-record', key)),
    getMany: async (keys) => ((await channel.ask('get-records', keys)) as readonly unknown[]).map(text),
    delete: async (key) => (await channel.ask('delete-record', key)) === true,
  }
}
