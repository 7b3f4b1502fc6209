import { startDirect, startFloor } from './floor.ts'
import { startOwn } from './own.ts'
import { startBifrost, startLitellm, startPortkey } from './peers.ts'
import type { ContestantId, StartContestant } from './types.ts'

/** Every contestant, in the order in which they are measured. */
export const contestants: Readonly<Record<ContestantId, StartContestant>> = {
  direct: startDirect,
  floor: startFloor,
  'standalone-memory': (upstream) => startOwn('standalone-memory', upstream),
  'standalone-redis': (upstream) => startOwn('standalone-redis', upstream),
  'standalone-processes': (upstream) => startOwn('standalone-processes', upstream),
  split: (upstream) => startOwn('split', upstream),
  bifrost: startBifrost,
  portkey: startPortkey,
  litellm: startLitellm,
}
