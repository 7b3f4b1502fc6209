import type { ContestantId } from '../contestants/types.ts'
import { type Sample, sum } from '../measure.ts'
import type { ScenarioId } from '../scenarios.ts'

/** The middle of the rounds, and their extremes. */
export type Figure = { readonly median: number; readonly least: number; readonly most: number }

/** How long a contestant took to start, by round. */
export type Start = { readonly contestant: ContestantId; readonly round: number; readonly readyMs: number }

export type Results = { readonly samples: readonly Sample[]; readonly starts: readonly Start[] }

export type Pick = (sample: Sample) => number | undefined

/** `undefined` when nothing was measured. */
export function figure(values: readonly (number | undefined)[]): Figure | undefined {
  const sorted = values.filter((value) => value !== undefined && !Number.isNaN(value)) as number[]
  sorted.sort((a, b) => a - b)
  const median = sorted[Math.floor(sorted.length / 2)]
  if (median === undefined) return undefined
  return { median, least: sorted[0] ?? median, most: sorted.at(-1) ?? median }
}

export function samplesOf(
  results: Results,
  scenario: ScenarioId,
  contestant: ContestantId,
): readonly Sample[] {
  return results.samples.filter((sample) => sample.scenario === scenario && sample.contestant === contestant)
}

export function figureOf(
  results: Results,
  where: { readonly scenario: ScenarioId; readonly contestant: ContestantId },
  pick: Pick,
): Figure | undefined {
  return figure(samplesOf(results, where.scenario, where.contestant).map(pick))
}

/** Two contestants, or one under two loads, compared round by round: what a noisy machine blurs least. */
export function compared(
  results: Results,
  pair: {
    readonly scenario: ScenarioId
    readonly contestant: ContestantId
    readonly against: ContestantId
    readonly againstScenario?: ScenarioId
  },
  compare: { readonly pick: Pick; readonly by: (mine: number, other: number) => number },
): Figure | undefined {
  const others = samplesOf(results, pair.againstScenario ?? pair.scenario, pair.against)
  const values = samplesOf(results, pair.scenario, pair.contestant).map((sample) => {
    const mine = compare.pick(sample)
    const other = others.find(({ round }) => round === sample.round)
    const its = other === undefined ? undefined : compare.pick(other)
    return mine === undefined || its === undefined ? undefined : compare.by(mine, its)
  })
  return figure(values)
}

/** All of a contestant's processes; a contestant without any has no such figure. */
export const cpuOf: Pick = ({ cpu }) => (Object.keys(cpu).length === 0 ? undefined : sum(cpu))
export const perSecondOf: Pick = ({ perSecond }) => perSecond
export const ratio = (mine: number, other: number) => mine / other
export const difference = (mine: number, other: number) => mine - other
