import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { currentLoad, describeCommit, describeMachine } from '../machine.ts'
import { type Goal, verdictOf } from '../report/goals.ts'
import { goalsTable, table } from '../report/tables.ts'
import { goalsOf, processesOf } from './goals.ts'
import type { SoakOptions } from './options.ts'
import type { Soaked } from './play.ts'
import { lastingByDesign, type RedisState } from './redis-state.ts'

export type SoakReport = {
  readonly command: string
  readonly date: string
  readonly machine: string
  readonly commit: string
  readonly loadAfter: number
  readonly goals: readonly (Goal & { readonly verdict: string })[]
  readonly modes: readonly Soaked[]
}

export function reportOf(modes: readonly Soaked[], options: SoakOptions): SoakReport {
  const goals = modes.flatMap((soaked) => goalsOf(soaked, options.settleSeconds))
  return {
    command: options.command,
    date: new Date().toISOString().slice(0, 10),
    machine: describeMachine(),
    commit: describeCommit(),
    loadAfter: currentLoad(),
    goals: goals.map((goal) => ({ ...goal, verdict: verdictOf(goal) })),
    modes,
  }
}

/** All tables, ready to be pasted into a README. */
export function markdown(report: SoakReport): string {
  const { command, date, commit, machine, loadAfter } = report
  return [
    `\`${command}\`, ${date}, commit ${commit}: ${machine}; load at the end ${loadAfter}.`,
    goalsTable(report.goals),
    ...report.modes.map(modeTables),
    outcomes(report.modes),
    ...report.modes.flatMap(({ mode, wrong }) =>
      Object.entries(wrong.examples).map(([sort, answer]) => `${mode}, wrong: ${sort}\n\n${answer}`),
    ),
  ].join('\n\n')
}

/** `<date>-soak.json` and `.md` in bench/results; of a part of it under names that git ignores. */
export function writeReport(report: SoakReport, { part }: SoakOptions): string {
  const folder = join(import.meta.dirname, '../results')
  mkdirSync(folder, { recursive: true })
  const name = `${report.date}-soak${part ? '-part' : ''}`
  writeFileSync(join(folder, `${name}.json`), `${JSON.stringify(report, null, 1)}\n`)
  writeFileSync(join(folder, `${name}.md`), `${markdown(report)}\n`)
  return `bench/results/${name}.json`
}

function modeTables(soaked: Soaked): string {
  const { mode, requests, perSecond, redis } = soaked
  const head = [
    'requests',
    ...processesOf(soaked).flatMap((name) => [`${name}: heap MB`, 'RSS MB', 'files', 'timers']),
  ]
  const rows = soaked.checkpoints.map((checkpoint) => [
    checkpoint.requests.toLocaleString('en-US'),
    ...Object.values(checkpoint.looks).flatMap(({ heap, rss, openFiles, resources }) => [
      heap.toFixed(2),
      String(rss),
      String(openFiles),
      String(resources['Timeout'] ?? 0),
    ]),
  ])
  return [
    `**${mode}**: ${requests.toLocaleString('en-US')} requests, ${perSecond}/s`,
    table([head, ...rows]),
    ...(redis === undefined
      ? []
      : [redisLine('before', redis.before), redisLine('after', redis.after), keys(redis.after)]),
  ].join('\n\n')
}

const redisLine = (when: string, { keys: count, usedMegabytes, channels }: RedisState) =>
  `Redis ${when}: ${count} keys, ${usedMegabytes} MB, ${channels.length} channels.`

function keys({ groups }: RedisState): string {
  const rows = groups.map(({ kind, type, keys: count, lasting, longestTtlSeconds }) => [
    kind,
    type,
    String(count),
    lasting > 0 ? (lastingByDesign[kind] ?? 'WITHOUT AN END') : `ends within ${longestTtlSeconds} s`,
  ])
  return table([['key', 'type', 'how many', 'why, or until when'], ...rows])
}

/** Every kind with what came of it, one column a mode. */
function outcomes(modes: readonly Soaked[]): string {
  const kinds = [...new Set(modes.flatMap(({ tally }) => Object.keys(tally)))]
  const said = ({ tally }: Soaked, kind: string) =>
    Object.entries(tally[kind] ?? {})
      .sort(([, a], [, b]) => b - a)
      .map(([outcome, count]) => `${outcome}: ${count.toLocaleString('en-US')}`)
      .join(', ')
  const rows = kinds.map((kind) => [kind, ...modes.map((soaked) => said(soaked, kind))])
  return table([['kind', ...modes.map(({ mode }) => mode)], ...rows])
}
