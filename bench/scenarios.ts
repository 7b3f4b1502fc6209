import type { ContestantId } from './contestants/types.ts'
import type { Call } from './load/shots.ts'

type Pace = { readonly connections: number } | { readonly perSecond: number }

/** One load, the same for every contestant. */
export type Scenario = {
  readonly id: string
  readonly title: string
  readonly call: Call
  /** Closed loop with so many connections, or open loop with so many arrivals a second. */
  readonly pace: Pace
  /** Those that cannot carry the open loop's rate get their own. */
  readonly slower?: Partial<Readonly<Record<ContestantId, number>>>
}

const small: Call = { size: '0.2 KB', kind: 'native' }

const all = [
  { id: 'chat', title: 'native chat, 50 connections', call: small, pace: { connections: 50 } },
  {
    id: 'open',
    title: 'native chat, 500/s open loop',
    call: small,
    pace: { perSecond: 500 },
    slower: { litellm: 100 },
  },
  { id: 'one', title: 'native chat, one connection', call: small, pace: { connections: 1 } },
  // Before the large bodies, whose garbage a heap keeps room for ever after.
  { id: '200', title: 'native chat, 200 in flight', call: small, pace: { connections: 200 } },
  {
    id: 'crossing',
    title: 'OpenAI → Anthropic, 50 connections',
    call: { ...small, kind: 'crossing' },
    pace: { connections: 50 },
  },
  {
    id: 'stream',
    title: 'streams of 51 chunks at once, 20 connections',
    call: { ...small, stream: 'at once' },
    pace: { connections: 20 },
  },
  {
    id: 'paced',
    // In a closed loop of equally long streams all would start together, and the first token would wait for 19 others.
    title: 'streams of 51 chunks 5 ms apart, 60/s open loop (about 20 at a time)',
    call: { ...small, stream: 'paced' },
    pace: { perSecond: 60 },
    slower: { litellm: 5 },
  },
  {
    id: 'stream-crossing',
    title: 'streams OpenAI → Anthropic, 20 connections',
    call: { ...small, kind: 'crossing', stream: 'at once' },
    pace: { connections: 20 },
  },
  {
    id: '10kb',
    title: 'bodies of 10 KB, 50 connections',
    call: { ...small, size: '10 KB' },
    pace: { connections: 50 },
  },
  {
    id: '200kb',
    title: 'bodies of 200 KB, 20 connections',
    call: { ...small, size: '200 KB' },
    pace: { connections: 20 },
  },
] as const satisfies readonly Scenario[]

export type ScenarioId = (typeof all)[number]['id']
export const scenarios: readonly (Scenario & { readonly id: ScenarioId })[] = all
/** Left out of `--quick`. */
export const slowScenarios: readonly ScenarioId[] = ['one', 'stream-crossing', '10kb']
/** All that `--smoke` runs. */
export const smokeScenarios: readonly ScenarioId[] = ['chat', 'stream']
