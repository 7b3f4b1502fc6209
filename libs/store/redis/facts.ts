import type { StoreClock } from '../clock.ts'
import { createFactsCopy, type FactsCopy } from '../facts-copy.ts'
import type { Fact, FactChange, Facts } from '../store.ts'
import { answered } from './answered.ts'
import type { Connections } from './connections.ts'
import { decodeFact, decodeNotice, encodeFact, encodeNotice, type Notice } from './fact-codec.ts'
import { createFactWrites, type FactWrites, type OwnChange, placeOf } from './fact-writes.ts'
import { loadScript } from './script.ts'
import { createSubscriptions, type Subscription } from './subscriptions.ts'

const writeScript = loadScript('./lua/write-fact.lua', import.meta.url)

/*
 * The copy of the followed scopes:
 *
 *   stale → the subscription is there → everything is read → exact, as long as the subscription holds
 *
 * What is heard or written while it is being read is newer than what was read. A reading that failed, and changes of
 * ours that Redis did not take (`fact-writes.ts`), are tried again every 250 ms.
 *
 * Each site (`sites.ts`) has its scopes, its channel and its clock: one that is away leaves the others exact. Here all ends
 * are by the clock of the store.
 */

const retryEveryMs = 250

type FactsOptions = {
  readonly connections: Connections
  readonly clock: StoreClock
  clockOf(scope: string): StoreClock
  readonly keyPrefix: string
  readonly monotonicMs: () => number
  /** Of this process, never used again. */
  readonly id: string
}

/** Facts in Redis: one hash per scope, and one channel of a site on which every change is told. */
export function createRedisFacts(options: FactsOptions): Facts & { close(): void } {
  const { connections, clock } = options
  const copy = createFactsCopy(() => clock.nowMs())
  const server = createFactServer(options)
  const writes = createFactWrites({ id: options.id, nowMs: () => clock.nowMs(), send: server.write })
  const reader = createReader({ copy, writes, read: server.read })
  const subscriptions = new Map<string, Subscription>()
  const stale = new Set<string>()
  let closed = false
  let timer: NodeJS.Timeout | undefined

  const followedAt = (site: string) => copy.followed().filter((scope) => connections.site(scope).id === site)

  /** Scopes of one site. */
  async function refresh(site: string, scopes: readonly string[]): Promise<void> {
    try {
      await reader.read(scopes)
    } catch {
      // Away, and logged as that by the connection.
      stale.add(site)
      retryLater()
    }
  }

  function retryLater(): void {
    if (timer !== undefined || closed) return
    timer = setTimeout(async () => {
      await writes.sendUnsaved()
      const due = [...stale]
      stale.clear()
      await Promise.all(due.map((site) => refresh(site, followedAt(site))))
      timer = undefined
      if (stale.size > 0 || writes.unsaved() > 0) retryLater()
    }, retryEveryMs)
    timer.unref()
  }

  function subscribe(scope: string): void {
    const { id, sharded, channel } = connections.site(scope)
    if (subscriptions.has(id)) return
    const subscription = createSubscriptions(connections.subscriber(scope), { sharded }).add({
      channels: [channel(channelName)],
      onMessage(message) {
        const notice = decodeNotice(message.toString())
        if (notice !== undefined && writes.isNews(notice)) reader.apply(server.heard(notice))
      },
      onSubscribed() {
        writes.doubtEchoes((each) => connections.site(each).id === id)
        void refresh(id, followedAt(id))
      },
    })
    subscriptions.set(id, subscription)
  }

  async function change(scope: string, name: string, fact: Fact | undefined): Promise<void> {
    reader.apply({ scope, name, fact })
    try {
      await writes.write({ scope, name, fact })
    } catch (error) {
      retryLater()
      throw error
    }
  }

  return {
    async follow(scopes) {
      const fresh = scopes.filter((scope) => copy.follow(scope))
      for (const scope of fresh) subscribe(scope)
      const sites = Map.groupBy(fresh, (scope) => connections.site(scope).id)
      await Promise.all([...sites].map(([site, scopes]) => refresh(site, scopes)))
    },
    get: copy.get,
    all: copy.all,
    watch: copy.watch,
    set: (scope, name, value, ttlMs) =>
      change(scope, name, { value, untilMs: Math.ceil(clock.nowMs() + ttlMs) }),
    delete: (scope, name) => change(scope, name, undefined),
    close() {
      closed = true
      clearTimeout(timer)
      for (const subscription of subscriptions.values()) subscription.close()
    },
  }
}

type Stored = ReadonlyMap<string, Fact | undefined>

const channelName = 'facts'

/** What is asked of Redis. Both reject with `unavailable`. */
function createFactServer(options: FactsOptions) {
  const { connections, clockOf, keyPrefix, monotonicMs, id } = options
  const keyOf = (scope: string) => `${keyPrefix}:{${scope}}:facts`

  /** By another clock: the same time from now. */
  function moved(fact: Fact | undefined, from: StoreClock, to: StoreClock): Fact | undefined {
    if (fact === undefined || from === to) return fact
    return { ...fact, untilMs: Math.max(0, fact.untilMs - from.nowMs() + to.nowMs()) }
  }
  const toStore = (scope: string, fact: Fact | undefined) => moved(fact, clockOf(scope), options.clock)

  return {
    heard: (notice: Notice): Notice => ({ ...notice, fact: toStore(notice.scope, notice.fact) }),
    async write(own: OwnChange): Promise<void> {
      const { scope, name } = own
      const { sharded, channel } = connections.site(scope)
      const fact = moved(own.fact, options.clock, clockOf(scope))
      const notice = encodeNotice({ from: id, ...own, fact })
      const args = [name, encodeFact(fact), channel(channelName), notice, sharded ? 'SPUBLISH' : 'PUBLISH']
      const sentMs = monotonicMs()
      const now = await answered(writeScript.runInOrder(connections.producer(scope), [keyOf(scope)], args))
      clockOf(scope).observe(Number(now), sentMs, monotonicMs())
    },
    /** Scopes of one site. */
    async read(scopes: readonly string[]): Promise<readonly Stored[]> {
      const [first] = scopes
      if (first === undefined) return []
      const pipeline = connections.producer(first).pipeline().time()
      for (const scope of scopes) pipeline.hgetall(keyOf(scope))
      const sentMs = monotonicMs()
      const replies = await answered(pipeline.exec().then(resultsOf))
      const [[seconds, micros], ...hashes] = replies as [[string, string], ...Record<string, string>[]]
      clockOf(first).observe(Number(seconds) * 1000 + Number(micros) / 1000, sentMs, monotonicMs())
      return scopes.map((scope, index) => {
        const fields = Object.entries(hashes[index] ?? {})
        return new Map(fields.map(([name, text]) => [name, toStore(scope, decodeFact(text))]))
      })
    },
  }
}

function resultsOf(replies: readonly (readonly [Error | null, unknown])[] | null): unknown[] {
  return (replies ?? []).map(([error, result]) => {
    if (error !== null) throw error
    return result
  })
}

/** Keeps the copy: by what is heard, and by what is read. */
function createReader({
  copy,
  writes,
  read,
}: {
  readonly copy: FactsCopy
  readonly writes: FactWrites
  read(scopes: readonly string[]): Promise<readonly Stored[]>
}) {
  /** For each reading that is under way: what has become newer than it. */
  const readings = new Set<Set<string>>()
  return {
    apply(change: FactChange): void {
      for (const newer of readings) newer.add(placeOf(change))
      copy.apply({ scope: change.scope, name: change.name, fact: change.fact })
    },
    async read(scopes: readonly string[]): Promise<void> {
      const newer = new Set<string>()
      readings.add(newer)
      try {
        const hashes = await read(scopes)
        scopes.forEach((scope, index) => {
          const stored: Stored = hashes[index] ?? new Map()
          for (const name of new Set([...copy.all(scope).keys(), ...stored.keys()])) {
            if (newer.has(placeOf({ scope, name })) || writes.isUnsaved({ scope, name })) continue
            copy.apply({ scope, name, fact: stored.get(name) })
          }
        })
      } finally {
        readings.delete(newer)
      }
    },
  }
}
