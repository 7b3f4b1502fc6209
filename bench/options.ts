import { parseArgs } from 'node:util'
import { type ContestantId, namedIds, ownIds, peerIds } from './contestants/types.ts'
import type { Times } from './measure.ts'
import { type ScenarioId, scenarios, slowScenarios, smokeScenarios } from './scenarios.ts'

export type BenchOptions = {
  readonly kind: 'full' | 'quick' | 'smoke'
  /** A full run with something changed: its results do not stand for the day's. */
  readonly part: boolean
  readonly rounds: number
  readonly times: Times
  readonly contestants: readonly ContestantId[]
  readonly scenarios: readonly ScenarioId[]
  /** The mock upstream fails every Nth request; 0 = none. */
  readonly breakEvery: number
  /** As it was asked for, for the report. */
  readonly command: string
}

const kinds = {
  full: { rounds: 3, times: { firstSeconds: 15, warmUpSeconds: 1, seconds: 5 } },
  quick: { rounds: 1, times: { firstSeconds: 1.2, warmUpSeconds: 0.3, seconds: 1 } },
  smoke: { rounds: 1, times: { firstSeconds: 0, warmUpSeconds: 0.2, seconds: 0.5 } },
} as const

export const help = `npm run bench -- [options]
  --quick            one short round, under 90 s; no peers
  --smoke            a few seconds: does the harness run?
  --peers            with the peers, also in --quick
  --no-peers         without them
  --only A,B         contestants: direct, floor, ${[...ownIds, ...namedIds].join(', ')}, ${peerIds.join(', ')}
  --scenarios A,B    loads: ${scenarios.map(({ id }) => id).join(', ')}
  --rounds N         default 3
  --seconds N        of one measurement; default 5
  --break-every N    the upstream answers every Nth request with 500: are errors counted?

BIFROST_BIN=/path/to/bifrost-http adds Bifrost.`

/** `undefined` when help was asked for. Throws, naming the option, for what it does not know. */
export function parseOptions(args: readonly string[]): BenchOptions | undefined {
  const { values } = parseArgs({
    args: [...args],
    allowNegative: true,
    options: {
      help: { type: 'boolean' },
      quick: { type: 'boolean' },
      smoke: { type: 'boolean' },
      peers: { type: 'boolean' },
      only: { type: 'string' },
      scenarios: { type: 'string' },
      rounds: { type: 'string' },
      seconds: { type: 'string' },
      'break-every': { type: 'string' },
    },
  })
  if (values.help) return undefined
  const kind = values.smoke ? 'smoke' : values.quick ? 'quick' : 'full'
  const least = kinds[kind]
  const peers = values.peers ?? kind === 'full'
  return {
    kind,
    part: kind === 'full' && args.length > 0,
    rounds: positive('rounds', values.rounds, least.rounds),
    times: { ...least.times, seconds: positive('seconds', values.seconds, least.times.seconds) },
    contestants: chosen('only', values.only, {
      known: [...allContestants, ...namedIds],
      fallback: contestantsOf(kind, peers),
    }),
    scenarios: chosen('scenarios', values.scenarios, {
      known: scenarios.map(({ id }) => id),
      fallback: scenariosOf(kind),
    }),
    breakEvery: positive('break-every', values['break-every'], 0),
    command: ['npm run bench', ...(args.length > 0 ? ['--', ...args] : [])].join(' '),
  }
}

const allContestants: readonly ContestantId[] = ['direct', 'floor', ...ownIds, ...peerIds]

function contestantsOf(kind: BenchOptions['kind'], peers: boolean): readonly ContestantId[] {
  if (kind === 'smoke') return ['direct', 'standalone-memory']
  const asked = peers ? allContestants : (['direct', 'floor', ...ownIds] as const)
  return asked.filter((id) => id !== 'bifrost' || process.env['BIFROST_BIN'] !== undefined)
}

function scenariosOf(kind: BenchOptions['kind']): readonly ScenarioId[] {
  if (kind === 'smoke') return smokeScenarios
  return scenarios.map(({ id }) => id).filter((id) => kind === 'full' || !slowScenarios.includes(id))
}

function positive(name: string, text: string | undefined, fallback: number): number {
  if (text === undefined) return fallback
  const value = Number(text)
  if (Number.isFinite(value) && value > 0) return value
  throw new Error(`--${name} wants a number above 0, not "${text}".`)
}

function chosen<Id extends string>(
  name: string,
  text: string | undefined,
  { known, fallback }: { readonly known: readonly Id[]; readonly fallback: readonly Id[] },
): readonly Id[] {
  if (text === undefined) return fallback
  return text.split(',').map((part) => {
    const id = known.find((each) => each === part)
    if (id === undefined) throw new Error(`--${name} knows ${known.join(', ')}; not "${part}".`)
    return id
  })
}
