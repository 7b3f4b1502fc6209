import type { WireId } from '#contract'
import type { Case } from './grid.suite.ts'

/** Columns of a provider for each caller: how many cases there are, how many of them cross whole, told, refused. */
export function tally(cases: readonly Case[]): readonly string[] {
  const callers = [...new Set(cases.map(({ caller }) => caller))]
  const providers = [...new Set(cases.map(({ provider }) => provider))]
  const header = ['caller ↓ provider →', ...providers]
  const rows = callers.map((caller) => [
    caller,
    ...providers.map((provider) => cell(cases, caller, provider)),
  ])
  return alignColumns([header, ...rows])
}

function cell(cases: readonly Case[], caller: WireId, provider: WireId): string {
  const here = cases.filter((each) => each.caller === caller && each.provider === provider)
  const count = (kind: Case['kind']) => here.filter((each) => each.kind === kind).length
  const said = here.length - count('unsayable')
  return `${said}: ${count('whole')} + ${count('warning')} + ${count('refused')}`
}

function alignColumns(rows: readonly (readonly string[])[]): readonly string[] {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => (row[column] ?? '').length)),
  )
  return rows.map((row) =>
    row
      .map((text, column) => text.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  )
}
