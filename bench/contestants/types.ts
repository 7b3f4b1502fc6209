import type { Door } from '../load/shots.ts'

export const ownIds = ['standalone-memory', 'standalone-redis', 'split'] as const
/** On the two cores of the usual run they compete with the load: measured only where they are named. */
export const namedIds = ['standalone-processes'] as const
export const peerIds = ['bifrost', 'portkey', 'litellm'] as const
export type OwnId = (typeof ownIds)[number] | (typeof namedIds)[number]
export type ContestantId = 'direct' | 'floor' | OwnId | (typeof peerIds)[number]

export const titles: Readonly<Record<ContestantId, string>> = {
  direct: 'direct (no gateway)',
  floor: 'plain fastify + undici proxy',
  'standalone-memory': 'ours, standalone, memory',
  'standalone-redis': 'ours, standalone, Redis',
  'standalone-processes': 'ours, standalone, memory, 2 processes',
  split: 'ours, 1 API + 2 workers + Redis',
  bifrost: 'Bifrost (BIFROST_BIN)',
  portkey: 'Portkey 1.15.2',
  litellm: 'LiteLLM 1.106.2, 2 workers',
}

/** Something that answers chat completions, and the processes whose cost is counted. */
export type Contestant = {
  readonly id: ContestantId
  readonly door: Door
  /** Names of processes and their ids; what they start themselves is counted with them. */
  readonly processes: Readonly<Record<string, number>>
  /** From the spawn of the process that answers to its first 200. */
  readonly readyMs: number | undefined
  close(): Promise<void>
}

export type Upstream = { readonly url: string; readonly pid: number }
export type StartContestant = (upstream: Upstream) => Promise<Contestant>
