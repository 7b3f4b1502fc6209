import { ownIds, peerIds, titles } from '../contestants/types.ts'
import type { Sample } from '../measure.ts'
import {
  compared,
  cpuOf,
  difference,
  type Figure,
  figure,
  figureOf,
  type Pick,
  perSecondOf,
  type Results,
  ratio,
  samplesOf,
} from './figures.ts'

/** One figure to reach, and what was measured. */
export type Goal = {
  readonly what: string
  readonly bound: { readonly atLeast: number } | { readonly atMost: number }
  readonly unit: string
  readonly measured: Figure | undefined
}

export type Verdict = 'met' | 'short' | 'not measured'

export function verdictOf({ bound, measured }: Goal): Verdict {
  if (measured === undefined) return 'not measured'
  const good = 'atLeast' in bound ? measured.median >= bound.atLeast : measured.median <= bound.atMost
  return good ? 'met' : 'short'
}

type Own = (typeof ownIds)[number]

/** The figures to reach, in the order of the table. */
export function goalsOf(results: Results): readonly Goal[] {
  return [
    ...throughput(results, 'standalone-memory', { bifrost: 1.5, portkey: 7, litellm: 50 }),
    cpu(results, 'standalone-memory', 75),
    ...added(results, 'standalone-memory', { p50: 0.4, p99: 2 }),
    ...throughput(results, 'split', { bifrost: 0.7, portkey: 3.5, litellm: 25 }),
    cpu(results, 'split', 230),
    {
      what: 'split, CPU of all processes ÷ Portkey',
      bound: { atMost: 0.4 },
      unit: '×',
      measured: compared(
        results,
        { scenario: 'chat', contestant: 'split', against: 'portkey' },
        { pick: cpuOf, by: ratio },
      ),
    },
    ...added(results, 'split', { p50: 1.2, p99: 6 }),
    ...ownIds.map((contestant) => crossing(results, contestant)),
    ...streams(results),
    ...ownIds.map((contestant) => residentSet(results, contestant)),
    ...ownIds.map((contestant) => start(results, contestant)),
  ]
}

function throughput(results: Results, contestant: Own, factors: Readonly<Record<string, number>>): Goal[] {
  return peerIds.map((against) => ({
    what: `${contestant}, native chat, 50 connections: throughput ÷ ${titles[against].split(' ')[0]}`,
    bound: { atLeast: factors[against] ?? Number.NaN },
    unit: '×',
    measured: compared(results, { scenario: 'chat', contestant, against }, { pick: perSecondOf, by: ratio }),
  }))
}

function cpu(results: Results, contestant: Own, atMost: number): Goal {
  return {
    what: `${contestant}, native chat, 50 connections: CPU of all processes`,
    bound: { atMost },
    unit: 'µs',
    measured: figureOf(results, { scenario: 'chat', contestant }, cpuOf),
  }
}

function added(
  results: Results,
  contestant: Own,
  most: { readonly p50: number; readonly p99: number },
): Goal[] {
  return (['p50', 'p99'] as const).map((share) => ({
    what: `${contestant}, 500/s open loop: added ${share}`,
    bound: { atMost: most[share] },
    unit: 'ms',
    measured: compared(
      results,
      { scenario: 'open', contestant, against: 'direct' },
      { pick: ({ latency }) => latency[share], by: difference },
    ),
  }))
}

function crossing(results: Results, contestant: Own): Goal {
  return {
    what: `${contestant}, OpenAI → Anthropic instead of native: CPU`,
    bound: { atMost: 1.25 },
    unit: '×',
    measured: compared(
      results,
      { scenario: 'crossing', contestant, against: contestant, againstScenario: 'chat' },
      { pick: cpuOf, by: ratio },
    ),
  }
}

function streams(results: Results): Goal[] {
  const rates = [
    ['standalone-memory', 1],
    ['split', 0.5],
  ] as const
  const first: Pick = (sample: Sample) => sample.first?.p50
  return [
    ...rates.map(([contestant, atLeast]) => ({
      what: `${contestant}, streams of 51 chunks, 20 connections: rate ÷ Bifrost`,
      bound: { atLeast },
      unit: '×',
      measured: compared(
        results,
        { scenario: 'stream', contestant, against: 'bifrost' },
        { pick: perSecondOf, by: ratio },
      ),
    })),
    ...rates.map(([contestant]) => ({
      what: `${contestant}, paced streams, about 20 at a time: first token, added p50`,
      bound: { atMost: 2 },
      unit: 'ms',
      measured: compared(
        results,
        { scenario: 'paced', contestant, against: 'direct' },
        { pick: first, by: difference },
      ),
    })),
  ]
}

function residentSet(results: Results, contestant: Own): Goal {
  const largest = ({ rss }: Sample) =>
    Math.max(...Object.entries(rss).flatMap(([name, size]) => (name === 'redis' ? [] : [size])))
  return {
    what: `${contestant}, 200 in flight: RSS of the largest process`,
    bound: { atMost: 180 },
    unit: 'MB',
    measured: figure(samplesOf(results, '200', contestant).map(largest)),
  }
}

function start(results: Results, contestant: Own): Goal {
  const seconds = results.starts
    .filter((each) => each.contestant === contestant)
    .map(({ readyMs }) => readyMs / 1_000)
  return {
    what: `${contestant}, from spawning node to 200 on /ready`,
    bound: { atMost: 0.6 },
    unit: 's',
    measured: figure(seconds),
  }
}
