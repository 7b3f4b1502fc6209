import { type Figure, figure } from '../report/figures.ts'
import type { Goal } from '../report/goals.ts'
import { slopePer100k } from './memory.ts'
import type { Soaked } from './play.ts'
import { isOfCallers, isOfRequests, type KeyGroup, lastingByDesign } from './redis-state.ts'

/** Fewer say nothing of what a hundred thousand do: compiled code alone comes and goes by 0.4 MB. */
const leastForSlope = 50_000
const settledSeconds = 65

const one = (value: number | undefined): Figure | undefined => figure([value])
const atMost = (what: string, most: number, unit: string, value: number | undefined): Goal => ({
  what,
  bound: { atMost: most },
  unit,
  measured: one(value),
})

export function goalsOf(soaked: Soaked, settleSeconds: number): readonly Goal[] {
  const { mode, wrong, series, depths } = soaked
  const left = Object.values(depths).reduce((sum, depth) => sum + depth, 0)
  return [
    atMost(`${mode}: outcomes that must not be`, 0, '', wrong.count),
    ...processesOf(soaked).flatMap((name) => ofProcess(soaked, name)),
    atMost(`${mode}: series in /metrics, end ÷ after warm-up`, 1.1, '×', round(series.last / series.first)),
    atMost(`${mode}: waiting, delayed, active and admitted at the end`, 0, '', left),
    ...ofRedis(soaked, settleSeconds),
  ]
}

export const processesOf = ({ checkpoints }: Soaked) => Object.keys(checkpoints[0]?.looks ?? {})

/** Heap under load, the settled end left out: what it says is about requests. */
function ofProcess({ mode, checkpoints }: Soaked, name: string): readonly Goal[] {
  const loaded = checkpoints.slice(0, -1)
  const spanned = (loaded.at(-1)?.requests ?? 0) - (loaded[0]?.requests ?? 0)
  const slopeOf = (what: 'heap' | 'external'): number | undefined => {
    if (spanned < leastForSlope) return undefined
    const slope = slopePer100k(
      loaded.map(({ requests, looks }) => ({ requests, value: looks[name]?.[what] ?? 0 })),
    )
    return slope && round(slope)
  }
  const files = (at: number) => checkpoints.at(at)?.looks[name]?.openFiles ?? 0
  return [
    atMost(`${mode}, ${name}: heap, least-squares slope per 100,000 requests`, 1, 'MB', slopeOf('heap')),
    atMost(
      `${mode}, ${name}: buffers, least-squares slope per 100,000 requests`,
      1,
      'MB',
      slopeOf('external'),
    ),
    atMost(`${mode}, ${name}: open files and sockets, end − after warm-up`, 8, '', files(-1) - files(0)),
  ]
}

function ofRedis({ mode, redis }: Soaked, settleSeconds: number): readonly Goal[] {
  if (redis === undefined) return []
  const { before, answered, after } = redis
  const count = (groups: readonly KeyGroup[]) => groups.reduce((sum, { keys }) => sum + keys, 0)
  const lasting = after.groups.filter(({ kind }) => !(kind in lastingByDesign))
  const settled = settleSeconds >= settledSeconds
  const strangers = after.channels.filter((channel) => !before.channels.includes(channel))
  return [
    atMost(
      `${mode}: jobs, bodies, places left by answered requests`,
      0,
      'keys',
      count(answered.groups.filter(({ kind }) => isOfRequests(kind))),
    ),
    atMost(
      `${mode}: keys of callers after ${settleSeconds} s at most`,
      0,
      'keys',
      settled ? count(after.groups.filter(isOfCallers)) : undefined,
    ),
    atMost(
      `${mode}: keys without an end, but those by design`,
      0,
      'keys',
      lasting.reduce((sum, group) => sum + group.lasting, 0),
    ),
    atMost(
      `${mode}: Redis memory, settled − before`,
      2,
      'MB',
      settled ? round(after.usedMegabytes - before.usedMegabytes) : undefined,
    ),
    atMost(`${mode}: channels that were not there before`, 0, '', strangers.length),
  ]
}

const round = (value: number) => Math.round(value * 1_000) / 1_000
