import type { Contestant, Upstream } from './contestants/types.ts'
import { closedLoop } from './load/closed-loop.ts'
import { percentile } from './load/collect.ts'
import { openLoop } from './load/open-loop.ts'
import { type Call, createShot } from './load/shots.ts'
import type { LoadResult } from './load/types.ts'
import { cpuMicros, residentMegabytes } from './process-cost.ts'
import type { Scenario } from './scenarios.ts'

/** Milliseconds. */
export type Spread = { readonly p50: number; readonly p90: number; readonly p99: number }

/** One contestant under one load, once. */
export type Sample = {
  readonly scenario: string
  readonly contestant: string
  readonly round: number
  readonly requests: number
  readonly perSecond: number
  readonly errors: Readonly<Record<string, number>>
  readonly latency: Spread
  /** Streams only: to the first piece, and between pieces. */
  readonly first?: Spread
  readonly gap?: Spread
  /** CPU in µs per request and peak RSS in MB, per process. */
  readonly cpu: Readonly<Record<string, number>>
  readonly rss: Readonly<Record<string, number>>
  /** What the harness itself took, in µs per request. */
  readonly harness: { readonly upstream: number; readonly load: number }
}

export type Times = {
  /** Once, after a contestant's start: until its code is compiled. */
  readonly firstSeconds: number
  /** Before each measurement. */
  readonly warmUpSeconds: number
  readonly seconds: number
}

const sampleRssEveryMs = 100

export async function measure(options: {
  readonly contestant: Contestant
  readonly scenario: Scenario
  readonly upstream: Upstream
  readonly round: number
  readonly times: Times
}): Promise<Sample> {
  const { contestant, scenario, upstream, round, times } = options
  const { processes } = contestant
  await runLoad(contestant, scenario, times.warmUpSeconds)
  const rss = watchRss(processes)
  const before = spentBy(processes, upstream)
  const load = await runLoad(contestant, scenario, times.seconds)
  const after = spentBy(processes, upstream)
  const answered = load.requests + sum(load.errors)
  const perRequest = (name: string) => round1(((after[name] ?? 0) - (before[name] ?? 0)) / answered)
  return {
    scenario: scenario.id,
    contestant: contestant.id,
    round,
    requests: load.requests,
    perSecond: round1(load.requests / load.seconds),
    errors: load.errors,
    latency: spread(load.latencies),
    ...(load.firsts.length > 0 && { first: spread(load.firsts), gap: spread(load.gaps) }),
    cpu: Object.fromEntries(Object.keys(processes).map((name) => [name, perRequest(name)])),
    rss: rss.stop(),
    harness: { upstream: perRequest(upstreamName), load: perRequest(loadName) },
  }
}

/** Native chat, then a crossing for half as long: the two lanes that later loads are compared in. */
export async function warmUp(contestant: Contestant, seconds: number): Promise<void> {
  const warm = (kind: Call['kind']) => createShot(contestant.door, { size: '0.2 KB', kind })
  if (seconds === 0) return
  await closedLoop(warm('native'), 50, seconds)
  await closedLoop(warm('crossing'), 50, seconds / 2)
}

function runLoad(
  contestant: Contestant,
  { call, pace, slower }: Scenario,
  seconds: number,
): Promise<LoadResult> {
  const shot = createShot(contestant.door, call)
  if ('connections' in pace) return closedLoop(shot, pace.connections, seconds)
  return openLoop(shot, slower?.[contestant.id] ?? pace.perSecond, seconds)
}

const upstreamName = 'the mock upstream'
const loadName = 'the load'

/** Microseconds of CPU so far by process, the harness's own among them. */
function spentBy(processes: Contestant['processes'], upstream: Upstream): Readonly<Record<string, number>> {
  const { user, system } = process.cpuUsage()
  const spent = Object.entries(processes).map(([name, pid]) => [name, cpuMicros(pid)] as const)
  return { ...Object.fromEntries(spent), [upstreamName]: cpuMicros(upstream.pid), [loadName]: user + system }
}

/** The peak while the load runs: a garbage-collected process is smaller a moment later. */
function watchRss(processes: Contestant['processes']): { stop(): Readonly<Record<string, number>> } {
  const peaks: Record<string, number> = {}
  const look = () => {
    for (const [name, pid] of Object.entries(processes)) {
      peaks[name] = Math.max(peaks[name] ?? 0, Math.round(residentMegabytes(pid)))
    }
  }
  const timer = setInterval(look, sampleRssEveryMs)
  return {
    stop() {
      clearInterval(timer)
      look()
      return peaks
    },
  }
}

function spread(sorted: Float64Array): Spread {
  const at = (share: number) => Math.round(percentile(sorted, share) * 1_000) / 1_000
  return { p50: at(0.5), p90: at(0.9), p99: at(0.99) }
}

const round1 = (value: number) => Math.round(value * 10) / 10

export const sum = (values: Readonly<Record<string, number>>) =>
  Object.values(values).reduce((total, value) => total + value, 0)
