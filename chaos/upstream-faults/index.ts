import type { Figure } from '../scenarios.ts'
import { flood } from './flood.ts'
import { hang } from './hang.ts'
import { providerDown } from './provider-down.ts'
import { sevenSlots } from './seven-slots.ts'
import { retryAfter, retryBudget, unavailable } from './unavailable.ts'

/** Providers that hang, refuse or are too slow, against the traffic policy; `docs/traffic-figures.md` has the figures. */
export const upstreamFaults: Readonly<Record<string, () => Promise<readonly Figure[]>>> = {
  F10: () => hang('split', 30),
  F16: () => flood({ mode: 'split', seconds: 20, breaker: true }),
  'F16-full': () => flood({ mode: 'split', seconds: 20, breaker: false }),
  F24: () => unavailable('split', 30),
  'F24-budget': () => retryBudget('split', 15),
  'F24-retry-after': () => retryAfter('split', 10),
  'provider-down': () => providerDown('split', { seconds: 15, how: 'refused' }),
  'provider-503': () => providerDown('split', { seconds: 10, how: '503' }),
  'seven-slots': () => sevenSlots('split', 500),
  'F10-memory': () => hang('memory', 10),
  'F16-memory': () => flood({ mode: 'memory', seconds: 8, breaker: false }),
  'F24-memory': () => unavailable('memory', 10),
  'provider-down-memory': () => providerDown('memory', { seconds: 6, how: 'refused' }),
  'seven-slots-memory': () => sevenSlots('memory', 400),
}
