import { leaving } from './clients-leave.ts'
import { fairness } from './fairness.ts'
import { coolingKey } from './key-cooling.ts'
import { weights } from './key-weights.ts'
import { onlyKey } from './only-key.ts'

/** Keys, tenants and callers that leave: on 2 API and 2 worker processes, and (`-memory`) in one process. */
export const keyScenarios = {
  F13: () => leaving('split'),
  'F13-memory': () => leaving('memory'),
  F25: () => coolingKey('split'),
  'F25-memory': () => coolingKey('memory'),
  F26: () => fairness('split'),
  'F26-memory': () => fairness('memory'),
  weights: () => weights('split'),
  'weights-memory': () => weights('memory'),
  'only-key': () => onlyKey('split'),
  'only-key-memory': () => onlyKey('memory'),
}
