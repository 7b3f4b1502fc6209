import type { SimulatedProviders } from '#testing'
import { type Figure, figure } from '../scenarios.ts'
import type { Asked } from './steady-load.ts'

export type UpstreamCall = SimulatedProviders['calls'][number]

export const tookMs = ({ startedAtMs, endedAtMs }: Asked): number => endedAtMs - startedAtMs

/** Epoch milliseconds of a reading of the monotonic clock. */
export const epochMs = (monotonicMs: number): number => performance.timeOrigin + monotonicMs

/** Nearest rank; 0 for none. */
export function percentile(values: readonly number[], percent: number): number {
  const sorted = [...values].sort((one, other) => one - other)
  return sorted[Math.max(0, Math.ceil((percent / 100) * sorted.length) - 1)] ?? 0
}

export function rounded(value: number, digits = 0): number {
  return Math.round(value * 10 ** digits) / 10 ** digits
}

export function atMost(name: string, measured: number, limit: number): Figure {
  return figure(name, rounded(measured, 2), `≤ ${limit}`, (value) => value <= limit)
}

export function atLeast(name: string, measured: number, limit: number): Figure {
  return figure(name, rounded(measured, 2), `≥ ${limit}`, (value) => value >= limit)
}

export function none(name: string, of: readonly unknown[]): Figure {
  return figure(name, of.length, '0', (value) => value === 0)
}

/** What a figure says when there was nothing to judge: that is a failure of the scenario. */
export function some(name: string, of: readonly unknown[]): Figure {
  return figure(name, of.length, '> 0', (value) => value > 0)
}

/** How the requests ended: `504 upstream_timeout 12, 200 3`. */
export function tally(asked: readonly Asked[]): string {
  const counts = new Map<string, number>()
  for (const { status, code, kind } of asked) {
    const what = kind === 'answer' ? String(status) : `${status} ${code ?? kind}`
    counts.set(what, (counts.get(what) ?? 0) + 1)
  }
  return [...counts].map(([what, count]) => `${what} × ${count}`).join(', ')
}

/** What the machine adds to every answer while it is measured: to be held against the figures in milliseconds. */
export function echo(echoesMs: readonly number[]): Figure {
  const parts = [50, 99].map((percent) => rounded(percentile(echoesMs, percent), 1))
  return say('a process that only answers, p50 and p99 meanwhile (ms)', parts.join(', '))
}

export function say(name: string, measured: number | string): Figure {
  return figure(name, measured, '', () => true)
}

/** Calls of one request in their order. */
export function byRequest(calls: readonly UpstreamCall[]): ReadonlyMap<string, readonly UpstreamCall[]> {
  const requests = new Map<string, UpstreamCall[]>()
  for (const call of calls) {
    if (call.nonce === undefined) continue
    const before = requests.get(call.nonce)
    if (before === undefined) requests.set(call.nonce, [call])
    else before.push(call)
  }
  return requests
}
