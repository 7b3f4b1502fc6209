import type { WireId } from '#contract'
import type { Case } from './grid.suite.ts'

/**
 * What the grid found and nobody has mended yet, each with the wire at fault. An entry excuses its own problem alone; the
 * test fails when it excuses nothing any more, so that the list can only shrink.
 */
export type Finding = {
  readonly wire: WireId
  readonly about: Case['about']
  readonly scenario: RegExp
  readonly problem: RegExp
  /** What is to be done. */
  readonly remedy: string
}

export const openFindings: readonly Finding[] = []

export function excuses(
  finding: Finding,
  { about, scenario, caller, provider }: Case,
  problem: string,
): boolean {
  return (
    finding.about === about &&
    (finding.wire === caller || finding.wire === provider) &&
    finding.scenario.test(scenario) &&
    finding.problem.test(problem)
  )
}
