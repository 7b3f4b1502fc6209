import type { Logger } from '#observability'
import type { Records } from '#store'
import { decodeEntry, type Entry, encodeEntry } from './entry.ts'
import type { HeldBytes } from './held-bytes.ts'

/*
 * What the replicas share of the cache, as records: an answer under `answer:<key>`, and under `flight:<lane>:<key>` a sign
 * that some process is asking for it now, which ends by itself soon after that process does.
 *
 *   none → announce() → announced, renewed → end() → none        the answer, if there is one, is kept before the sign goes
 *   announced here → announce() elsewhere → waitFor()            until the answer is there, the sign is gone, or too late
 */

/** Identical requests of one lane. */
export type FlightName = { readonly key: string; readonly priority: string }

/** `mine`: `end` is to be called. `elsewhere`: another process is asking. `unknown`: the store is away. */
export type Announced =
  | { readonly type: 'mine'; end(): void }
  | { readonly type: 'elsewhere' }
  | { readonly type: 'kept'; readonly entry: Entry }
  | { readonly type: 'unknown' }

/** Nothing here rejects: without the store there is no cache, and no caller is told. */
export type StoredAnswers = {
  find(key: string): Promise<Entry | undefined>
  announce(name: FlightName): Promise<Announced>
  /** The answer that another process is getting. Undefined when it gave up, `limitMs` have passed, or the signal said so. */
  waitFor(
    name: FlightName,
    options: { readonly limitMs: number; readonly signal: AbortSignal },
  ): Promise<Entry | undefined>
  keep(key: string, entry: Entry): Promise<void>
}

export type Waits = {
  /** How long a sign lasts without renewal; it is renewed three times as often. */
  readonly flightTtlMs: number
  /** Between two looks for an answer from elsewhere: at first, and at most. */
  readonly firstPollMs: number
  readonly mostPollMs: number
}

export const defaultWaits: Waits = { flightTtlMs: 6_000, firstPollMs: 25, mostPollMs: 250 }

export function createStoredAnswers(options: {
  readonly records: Records
  readonly logger: Logger
  readonly ttlMs: number
  readonly held: HeldBytes
  readonly waits: Waits
  /** Monotonic. */
  readonly nowMs: () => number
  /** Resolves early, and without an error, when the signal says so. */
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>
}): StoredAnswers {
  const { records, waits, nowMs } = options
  const attempt = createAttempts(options)
  const answerName = (key: string) => `answer:${key}`
  const flightName = ({ key, priority }: FlightName) => `flight:${priority}:${key}`
  const entryIn = (text: string | undefined) => (text === undefined ? undefined : decodeEntry(text))

  const renewed = (name: string): Announced => {
    const timer = setInterval(() => {
      void attempt(() => records.set(name, '1', waits.flightTtlMs))
    }, waits.flightTtlMs / 3)
    timer.unref()
    let ended = false
    return {
      type: 'mine',
      end() {
        if (ended) return
        ended = true
        clearInterval(timer)
        void attempt(() => records.delete(name))
      },
    }
  }
  return {
    async find(key) {
      return entryIn(await attempt(() => records.get(answerName(key))))
    },
    async announce(name) {
      const sign = flightName(name)
      // In this order: an answer is kept before its sign goes, so who takes the sign sees it.
      const [added, text] = await Promise.all([
        attempt(() => records.add(sign, '1', waits.flightTtlMs)),
        attempt(() => records.get(answerName(name.key))),
      ])
      const entry = entryIn(text)
      const mine = added === true ? renewed(sign) : undefined
      if (entry !== undefined) {
        if (mine?.type === 'mine') mine.end()
        return { type: 'kept', entry }
      }
      return mine ?? { type: added === false ? 'elsewhere' : 'unknown' }
    },
    async waitFor(name, { limitMs, signal }) {
      const untilMs = nowMs() + limitMs
      const names = [answerName(name.key), flightName(name)]
      let pollMs = waits.firstPollMs
      while (!signal.aborted && nowMs() < untilMs) {
        await options.sleep(Math.min(pollMs, Math.max(1, untilMs - nowMs())), signal)
        pollMs = Math.min(1.5 * pollMs, waits.mostPollMs)
        if (signal.aborted) return undefined
        const texts = await attempt(() => records.getMany(names))
        const entry = entryIn(texts?.[0])
        if (entry !== undefined) return entry
        if (texts?.[1] === undefined) return undefined
      }
      return undefined
    },
    async keep(key, entry) {
      const text = encodeEntry(entry)
      if (!options.held.take(text.length)) {
        options.logger.debug({}, 'an answer is not cached: this process has put as much there as it may')
        return
      }
      await attempt(() => records.set(answerName(key), text, options.ttlMs))
    },
  }
}

/** A store that fails is left alone for so long: one that hangs takes a second to do so, which no caller should wait twice. */
const restMs = 1_000

/**
 * Runs what needs the store.
 *
 *   used → a failure, with one line in the log → resting → its time → tried → used, or resting without a line
 */
function createAttempts({ logger, nowMs }: { readonly logger: Logger; readonly nowMs: () => number }) {
  let away = false
  let restsUntilMs = Number.NEGATIVE_INFINITY
  return async <T>(work: () => Promise<T>): Promise<T | undefined> => {
    if (nowMs() < restsUntilMs) return undefined
    try {
      const result = await work()
      away = false
      return result
    } catch (error) {
      if (!away) logger.debug({ error }, 'the cache is skipped: its store cannot be used')
      away = true
      restsUntilMs = nowMs() + restMs
      return undefined
    }
  }
}
