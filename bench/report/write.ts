import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { BenchOptions } from '../options.ts'
import type { Results } from './figures.ts'
import { goalsOf, verdictOf } from './goals.ts'
import { goalsTable, harnessLine, scenarioTables, startsTable } from './tables.ts'

export type Setting = {
  readonly machine: string
  readonly commit: string
  readonly date: string
  /** Processes that wanted to run in the minute before. */
  readonly loadBefore: number
  /** Contestants that did not start, and why. */
  readonly failures: Readonly<Record<string, string>>
}

/** All tables, ready to be pasted into a README. */
export function markdown(results: Results, setting: Setting, options: BenchOptions): string {
  const { rounds, times } = options
  const failures = Object.entries(setting.failures).map(([name, why]) => `${name} did not start: ${why}.`)
  return [
    `\`${options.command}\`, ${setting.date}, commit ${setting.commit}: ${setting.machine}; load before ${setting.loadBefore}.`,
    `${rounds} ${rounds === 1 ? 'round' : 'rounds'} of ${times.seconds} s after ${times.warmUpSeconds} s of warming up; medians (extremes). ${harnessLine(results)}`,
    ...failures,
    ...(options.kind === 'smoke' ? [] : [goalsTable(goalsOf(results))]),
    scenarioTables(results),
    startsTable(results),
  ].join('\n\n')
}

/** `<date>.json` and `.md` in bench/results; all but full runs under their own names, which git ignores. */
export function writeResults(results: Results, setting: Setting, options: BenchOptions): string {
  const folder = join(import.meta.dirname, '../results')
  mkdirSync(folder, { recursive: true })
  const kind = options.part ? 'part' : options.kind
  const name = `${setting.date}${kind === 'full' ? '' : `-${kind}`}`
  const goals = goalsOf(results).map((goal) => ({ ...goal, verdict: verdictOf(goal) }))
  const json = { ...setting, options, goals, ...results }
  writeFileSync(join(folder, `${name}.json`), `${JSON.stringify(json, null, 1)}\n`)
  writeFileSync(join(folder, `${name}.md`), `${markdown(results, setting, options)}\n`)
  return `bench/results/${name}.json`
}
