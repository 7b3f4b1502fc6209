import { type ContestantId, titles } from '../contestants/types.ts'
import { type Sample, sum } from '../measure.ts'
import { type Scenario, type ScenarioId, scenarios } from '../scenarios.ts'
import {
  cpuOf,
  type Figure,
  figure,
  figureOf,
  type Pick,
  perSecondOf,
  type Results,
  samplesOf,
} from './figures.ts'
import { type Goal, verdictOf } from './goals.ts'

/** Rows of a Markdown table, columns as wide as their widest cell. */
export function table(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)))
  const line = (row: readonly string[]) =>
    `| ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`
  const [head = [], ...rest] = rows
  return [line(head), line(widths.map((width) => '-'.repeat(width))), ...rest.map(line)].join('\n')
}

export function goalsTable(goals: readonly Goal[]): string {
  const rows = goals.map((goal) => {
    const bound = 'atLeast' in goal.bound ? `≥ ${goal.bound.atLeast}` : `≤ ${goal.bound.atMost}`
    const unit = goal.unit === '×' ? ' ×' : ` ${goal.unit}`
    const measured = goal.measured === undefined ? '–' : `${spread(goal.measured)}${unit}`
    return [goal.what, `${bound}${unit}`, measured, verdictOf(goal)]
  })
  return table([['what', 'goal', 'measured', 'verdict'], ...rows])
}

/** One table a scenario: the contestants that were measured under it. */
export function scenarioTables(results: Results): string {
  return scenarios.flatMap((scenario) => scenarioTable(results, scenario)).join('\n\n')
}

function scenarioTable(
  results: Results,
  scenario: Scenario & { readonly id: ScenarioId },
): readonly string[] {
  const streams = scenario.call.stream !== undefined
  const measured = (Object.keys(titles) as ContestantId[]).filter(
    (contestant) => samplesOf(results, scenario.id, contestant).length > 0,
  )
  if (measured.length === 0) return []
  const head = ['contestant', streams ? 'streams/s' : 'requests/s', 'CPU µs each', 'by process']
  const times = streams
    ? ['first p50 / p99 ms', 'gap p50 / p99 ms', 'whole p50 / p99 ms']
    : ['p50 / p90 / p99 ms']
  const rows = measured.map((contestant) => {
    const where = { scenario: scenario.id, contestant }
    const samples = samplesOf(results, scenario.id, contestant)
    const shares = (
      of: (sample: Sample) => Sample['latency'] | undefined,
      names: readonly ('p50' | 'p90' | 'p99')[],
    ) => names.map((name) => short(figureOf(results, where, (sample) => of(sample)?.[name]))).join(' / ')
    const both = ['p50', 'p99'] as const
    return [
      named(contestant, scenario),
      spread(figureOf(results, where, perSecondOf)),
      spread(figureOf(results, where, cpuOf)),
      byProcess(samples, ({ cpu }) => cpu),
      ...(streams
        ? [
            shares(({ first }) => first, both),
            shares(({ gap }) => gap, both),
            shares(({ latency }) => latency, both),
          ]
        : [shares(({ latency }) => latency, ['p50', 'p90', 'p99'])]),
      byProcess(samples, ({ rss }) => rss),
      String(samples.reduce((total, { errors }) => total + sum(errors), 0)),
    ]
  })
  return [`**${scenario.title}**\n\n${table([[...head, ...times, 'peak RSS MB', 'errors'], ...rows])}`]
}

function named(contestant: ContestantId, { slower }: Scenario): string {
  const rate = slower?.[contestant]
  return rate === undefined ? titles[contestant] : `${titles[contestant]}, ${rate}/s`
}

function byProcess(
  samples: readonly Sample[],
  of: (sample: Sample) => Readonly<Record<string, number>>,
): string {
  const names = Object.keys(samples[0] === undefined ? {} : of(samples[0]))
  return (
    names.map((name) => `${name} ${short(figure(samples.map((sample) => of(sample)[name])))}`).join(' + ') ||
    '–'
  )
}

export function startsTable(results: Results): string {
  const ids = [...new Set(results.starts.map(({ contestant }) => contestant))]
  const rows = ids.map((id) => {
    const times = results.starts.filter(({ contestant }) => contestant === id)
    return [titles[id], spread(figure(times.map(({ readyMs }) => readyMs / 1_000)))]
  })
  return table([['contestant', 'seconds from spawn to ready'], ...rows])
}

/** What the harness took of the same machine, where no gateway stood between. */
export function harnessLine(results: Results): string {
  const of = (pick: Pick) => short(figureOf(results, { scenario: 'chat', contestant: 'direct' }, pick))
  return `The harness itself, direct: upstream ${of(({ harness }) => harness.upstream)} µs, load ${of(({ harness }) => harness.load)} µs a request.`
}

/** The median, and the extremes where there were rounds enough for any. */
function spread(value: Figure | undefined): string {
  if (value === undefined) return '–'
  const { median, least, most } = value
  return least === most ? number(median) : `${number(median)} (${number(least)}–${number(most)})`
}
const short = (value: Figure | undefined) => (value === undefined ? '–' : number(value.median))

function number(value: number): string {
  if (Math.abs(value) >= 100) return Math.round(value).toLocaleString('en-US')
  return String(Number(value.toFixed(Math.abs(value) >= 10 ? 1 : 2)))
}
