/**
 * How often each property is tried: few times in every run of the tests, `PROPERTY_RUNS=20000` where there is time. A
 * run that found something is repeated with the seed that it printed.
 */
export const propertyRuns = Number(process.env['PROPERTY_RUNS'] ?? 500)
