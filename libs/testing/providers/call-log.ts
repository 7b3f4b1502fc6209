import type { IncomingMessage } from 'node:http'
import { type Call, type CallMatch, type Question, type Stats, type VendorId, vendorIds } from './types.ts'

/** A call while it is written to; readers see it as `Call`. */
export type OpenCall = { -readonly [member in keyof Call]: Call[member] }

export type CallFilter = CallMatch | ((call: Call) => boolean)
export type CallState = 'started' | 'ended' | 'client-closed'

/** Remembers what the simulated vendors were asked, counts what runs, and lets tests wait for it. */
export type CallLog = {
  readonly calls: readonly Call[]
  /** The whole request is in. */
  open(arrival: Arrival): OpenCall
  /** The request was understood. */
  describe(call: OpenCall, question: Pick<Question, 'model' | 'text' | 'stream'>): void
  /** The answer is whole, or its socket is gone. */
  close(call: OpenCall, byClient: boolean): void
  stats(): Stats
  /** Resolves with the first `count` calls in that state, past ones included; rejects after `timeoutMs`. */
  wait(options: {
    readonly state: CallState
    readonly filter: CallFilter
    readonly count: number
    readonly timeoutMs: number
  }): Promise<readonly Call[]>
  /** Forgets past calls; the counters start again from what runs now. */
  reset(): void
}

export type Arrival = {
  readonly vendor: VendorId
  readonly request: IncomingMessage
  readonly body: Buffer
}

type Counter = { running: number; maxRunning: number; total: number }
type Waiter = { readonly check: () => void }

export function createCallLog(options: {
  /** Older calls are forgotten above this. */
  readonly keepCalls: number
  readonly keepBodyBytes: number
}): CallLog {
  const counters = perVendor(() => newCounter(0))
  const calls: OpenCall[] = []
  const waiters = new Set<Waiter>()
  let lastId = 0

  function changed(): void {
    for (const waiter of waiters) waiter.check()
  }

  return {
    calls,
    open({ vendor, request, body }) {
      const counter = counters[vendor]
      counter.total += 1
      counter.running += 1
      counter.maxRunning = Math.max(counter.maxRunning, counter.running)
      lastId += 1
      const call: OpenCall = {
        id: lastId,
        vendor,
        method: request.method ?? '',
        path: request.url ?? '',
        headers: request.headers,
        body: body.length <= options.keepBodyBytes ? body : body.subarray(0, options.keepBodyBytes),
        requestBytes: body.length,
        model: undefined,
        nonce: undefined,
        stream: false,
        startedAt: Date.now(),
        endedAt: undefined,
        status: undefined,
        responseBytes: 0,
        closedByClient: false,
      }
      if (options.keepCalls > 0) {
        calls.push(call)
        // Twice the limit before it is cut, so that cutting costs nothing per call.
        if (calls.length > 2 * options.keepCalls) calls.splice(0, options.keepCalls)
      }
      return call
    },
    describe(call, question) {
      call.model = question.model
      call.nonce = question.text
      call.stream = question.stream
      changed()
    },
    close(call, byClient) {
      if (call.endedAt !== undefined) return
      call.endedAt = Date.now()
      call.closedByClient = byClient
      counters[call.vendor].running -= 1
      changed()
    },
    stats: () => perVendor((vendor) => ({ ...counters[vendor] })),
    wait: (wanted) => wait({ calls, waiters, stats: () => counters, ...wanted }),
    reset() {
      calls.length = 0
      for (const vendor of vendorIds) counters[vendor] = newCounter(counters[vendor].running)
    },
  }
}

function perVendor<T>(make: (vendor: VendorId) => T): Record<VendorId, T> {
  return Object.fromEntries(vendorIds.map((vendor) => [vendor, make(vendor)])) as Record<VendorId, T>
}

function newCounter(running: number): Counter {
  return { running, maxRunning: running, total: 0 }
}

function wait(options: {
  readonly calls: readonly Call[]
  readonly waiters: Set<Waiter>
  readonly stats: () => Stats
  readonly state: CallState
  readonly filter: CallFilter
  readonly count: number
  readonly timeoutMs: number
}): Promise<readonly Call[]> {
  const { calls, waiters, state, filter, count, timeoutMs } = options
  const find = () => calls.filter((call) => reached(call, state) && fits(call, filter))
  const found = find()
  if (found.length >= count) return Promise.resolve(found.slice(0, count))
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      waiters.delete(waiter)
      const facts = `seen ${find().length} of ${count} calls ${state} that fit ${describeFilter(filter)}`
      reject(new Error(`Waited ${timeoutMs} ms: ${facts}; counters ${JSON.stringify(options.stats())}.`))
    }, timeoutMs)
    const waiter: Waiter = {
      check() {
        const now = find()
        if (now.length < count) return
        clearTimeout(timer)
        waiters.delete(waiter)
        resolve(now.slice(0, count))
      },
    }
    waiters.add(waiter)
  })
}

function reached(call: Call, state: CallState): boolean {
  switch (state) {
    case 'started':
      return call.model !== undefined || call.endedAt !== undefined
    case 'ended':
      return call.endedAt !== undefined
    case 'client-closed':
      return call.closedByClient
    default:
      return state satisfies never
  }
}

/** Whether a call is one of those asked for. */
export function fits(
  call: Pick<Call, 'vendor' | 'model' | 'nonce' | 'path' | 'headers'>,
  filter: CallFilter,
): boolean {
  if (typeof filter === 'function') return filter(call as Call)
  if (filter.vendor !== undefined && filter.vendor !== call.vendor) return false
  if (filter.model !== undefined && filter.model !== call.model) return false
  if (filter.path !== undefined && filter.path !== call.path.split('?')[0]) return false
  if (filter.key !== undefined && filter.key !== keyOf(call)) return false
  return filter.nonce === undefined || (call.nonce?.includes(filter.nonce) ?? false)
}

/** The credential that a call came with; empty without one, and for a signature. */
export function keyOf({ headers }: Pick<Call, 'headers'>): string {
  const bearer = /^(?:Bearer|Token) +(\S+)$/i.exec(headers.authorization ?? '')?.[1]
  const named = bearer ?? headers['x-api-key'] ?? headers['x-goog-api-key'] ?? headers['xi-api-key']
  return typeof named === 'string' ? named : ''
}

function describeFilter(filter: CallFilter): string {
  return typeof filter === 'function' ? 'the given function' : JSON.stringify(filter)
}
