import type { StoreClock } from '../clock.ts'
import { createFactsCopy, type FactsCopy } from '../facts-copy.ts'
import type { Fact, FactChange, Facts } from '../store.ts'
import { answered } from './answered.ts'
import type { Connections } from './connections.ts'
import { decodeFact, decodeNotice, encodeFact, encodeNotice } from './fact-codec.ts'
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
 */

const retryEveryMs = 250

type FactsOptions = {
  readonly connections: Connections
  readonly clock: StoreClock
  readonly keyPrefix: string
  readonly monotonicMs: () => number
  /** Of this process, never used again. */
  readonly id: string
}

/** Facts in Redis: one hash per scope, and one channel on which every change is told. */
export function createRedisFacts(options: FactsOptions): Facts & { close(): void } {
  const { connections, clock } = options
  const copy = createFactsCopy(() => clock.nowMs())
  const server = createFactServer(options)
  const writes = createFactWrites({ id: options.id, nowMs: () => clock.nowMs(), send: server.write })
  const reader = createReader({ copy, writes, read: server.read })
  let subscription: Subscription | undefined
  let closed = false
  let isStale = false
  let timer: NodeJS.Timeout | undefined

  async function refresh(scopes: readonly string[]): Promise<void> {
    try {
      await reader.read(scopes)
    } catch {
      // Away, and logged as that by the connection.
      isStale = true
      retryLater()
    }
  }

  function retryLater(): void {
    if (timer !== undefined || closed) return
    timer = setTimeout(async () => {
      await writes.sendUnsaved()
      if (isStale) {
        isStale = false
        await refresh(copy.followed())
      }
      timer = undefined
      if (isStale || writes.unsaved() > 0) retryLater()
    }, retryEveryMs)
    timer.unref()
  }

  function subscribe(): void {
    subscription ??= createSubscriptions(connections.subscriber('')).add({
      channels: [server.channel],
      onMessage(message) {
        const notice = decodeNotice(message.toString())
        if (notice !== undefined && writes.isNews(notice)) reader.apply(notice)
      },
      onSubscribed() {
        writes.doubtEchoes()
        void refresh(copy.followed())
      },
    })
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
      if (fresh.length === 0) return
      subscribe()
      await refresh(fresh)
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
      subscription?.close()
    },
  }
}

type Stored = Readonly<Record<string, string>>

/** What is asked of Redis. Both reject with `unavailable`. */
function createFactServer({ connections, clock, keyPrefix, monotonicMs, id }: FactsOptions) {
  const channel = `${keyPrefix}:facts`
  const keyOf = (scope: string) => `${keyPrefix}:{${scope}}:facts`
  return {
    channel,
    async write(own: OwnChange): Promise<void> {
      const { scope, name, fact } = own
      const args = [name, encodeFact(fact), channel, encodeNotice({ from: id, ...own })]
      const sentMs = monotonicMs()
      const now = await answered(writeScript.runInOrder(connections.producer(scope), [keyOf(scope)], args))
      clock.observe(Number(now), sentMs, monotonicMs())
    },
    async read(scopes: readonly string[]): Promise<readonly Stored[]> {
      const pipeline = connections.producer('').pipeline().time()
      for (const scope of scopes) pipeline.hgetall(keyOf(scope))
      const sentMs = monotonicMs()
      const replies = await answered(pipeline.exec().then(resultsOf))
      const [[seconds, micros], ...hashes] = replies as [[string, string], ...Stored[]]
      clock.observe(Number(seconds) * 1000 + Number(micros) / 1000, sentMs, monotonicMs())
      return hashes
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
          const stored = hashes[index] ?? {}
          for (const name of new Set([...copy.all(scope).keys(), ...Object.keys(stored)])) {
            if (newer.has(placeOf({ scope, name })) || writes.isUnsaved({ scope, name })) continue
            copy.apply({ scope, name, fact: decodeFact(stored[name]) })
          }
        })
      } finally {
        readings.delete(newer)
      }
    },
  }
}
