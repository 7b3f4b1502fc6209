/*
 * How often each property is tried: as often as `PROPERTY_RUNS` says, 20,000 times where `CI` is `true`, else few times,
 * so that it is no burden on every run of the tests. A run that found something is repeated with the seed that it
 * printed.
 */

const asked = process.env['PROPERTY_RUNS']

/** For a property that is cheap enough to be tried more often than others are. */
export function runsOf(usual: number): number {
  if (asked !== undefined) return Number(asked)
  return process.env['CI'] === 'true' ? 20_000 : usual
}

export const propertyRuns = runsOf(500)
