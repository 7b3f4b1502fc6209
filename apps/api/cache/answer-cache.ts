import { setTimeout as delay } from 'node:timers/promises'
import type { CacheConfig } from '#config'
import type { Logger } from '#observability'
import type { Reply } from '#queue'
import type { Store } from '#store'
import { createAnswer, type Seat } from './answer.ts'
import { cacheKey } from './cache-key.ts'
import { type Ask, createFlight, type Flight } from './flight.ts'
import { createHeldBytes } from './held-bytes.ts'
import { createStoredAnswers, defaultWaits, type Waits } from './stored-answers.ts'
import type { CacheRequest } from './types.ts'

export type AnswerCache = {
  /**
   * The answer to a request: a kept one, that of an identical request in flight, or what `ask` brings. Nothing begins
   * before it is read. A refusal by `ask` is the reply's `fail`; only what is no GatewayError, or `internal`, is thrown.
   */
  answer(request: CacheRequest, ask: Ask): Reply
}

export type AnswerCacheOptions = {
  readonly config: Pick<CacheConfig, 'ttlMs' | 'maxEntryBytes'>
  readonly store: Pick<Store, 'records'>
  readonly logger: Logger
  /** Monotonic. */
  readonly nowMs?: () => number
  /** What this process may have in the store at once. */
  readonly maxHeldBytes?: number
  readonly waits?: Partial<Waits>
}

const defaultHeldBytes = 64 * 1024 * 1024

export function createAnswerCache(options: AnswerCacheOptions): AnswerCache {
  const { config } = options
  const nowMs = options.nowMs ?? (() => performance.now())
  const answers = createStoredAnswers({
    records: options.store.records,
    logger: options.logger,
    ttlMs: config.ttlMs,
    held: createHeldBytes({
      limitBytes: options.maxHeldBytes ?? defaultHeldBytes,
      ttlMs: config.ttlMs,
      nowMs,
    }),
    waits: { ...defaultWaits, ...options.waits },
    nowMs,
    sleep: (ms, signal) => delay(ms, undefined, { signal, ref: false }).catch(() => {}),
  })
  const flights = new Map<string, Flight>()

  /** A place in the flight of these requests, which begins with the first of them. */
  function board(key: string, passenger: Passenger): Seat {
    const name = `${passenger.request.priority}:${key}`
    const running = flights.get(name)
    const place = running?.join()
    if (running !== undefined && place !== undefined) {
      return { flight: running, reader: place, leads: false }
    }
    const flight: Flight = createFlight({
      ...passenger,
      key,
      answers,
      nowMs,
      limitBytes: config.maxEntryBytes,
      onGone() {
        if (flights.get(name) === flight) flights.delete(name)
      },
    })
    flights.set(name, flight)
    const reader = flight.join()
    if (reader === undefined) throw new Error('a flight that has just begun can be joined')
    return { flight, reader, leads: true }
  }
  return {
    answer(request, ask) {
      const key = cacheKey(request)
      return createAnswer({
        request,
        ask,
        nowMs,
        board: (startedMs) => board(key, { request, ask, startedMs }),
      })
    },
  }
}

type Passenger = { readonly request: CacheRequest; readonly ask: Ask; readonly startedMs: number }
