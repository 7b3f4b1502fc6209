import { leaving } from './clients-leave.ts'
import { fairness } from './fairness.ts'
import { coolingKey } from './key-cooling.ts'
import { weights } from './key-weights.ts'
import { onlyKey } from './only-key.ts'

/** Keys, tenants and callers that leave, each on 2 API and 2 worker processes. */
export const keyScenarios = { F13: leaving, F25: coolingKey, F26: fairness, weights, 'only-key': onlyKey }
