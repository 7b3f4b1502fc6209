import { parseArgs } from 'node:util'
import { ownIds } from '../contestants/types.ts'

export type Mode = (typeof ownIds)[number]

export type SoakOptions = {
  readonly modes: readonly Mode[]
  /** Beyond the warm-up. */
  readonly requests: number
  readonly warmUp: { readonly requests: number; readonly seconds: number }
  readonly perSecond: number
  /** Before each look: until what follows an answer has happened, and idle connections to the upstream have gone. */
  readonly pauseSeconds: number
  /** How long Redis may take to let go of what has an end. */
  readonly settleSeconds: number
  /** Where heap snapshots of the first and the last checkpoint go. */
  readonly snapshots: string | undefined
  /** Not the whole: its results do not stand for the day's. */
  readonly part: boolean
  readonly command: string
}

const full = {
  requests: 200_000,
  warmUp: 20_000,
  warmUpSeconds: 75,
  rate: 800,
  pause: 6,
  settle: 90,
} as const

export const help = `npm run soak -- [options]
  --mode A,B             ${ownIds.join(', ')}; all of them
  --requests N           beyond the warm-up; ${full.requests}
  --warm-up N            requests; ${full.warmUp}, and for ${full.warmUpSeconds} s at least
  --warm-up-seconds N    longer than what is counted for a minute lives
  --rate N               arrivals a second, as far as answers come; ${full.rate}
  --pause N              seconds without a request before each look; ${full.pause}
  --settle N             seconds that Redis may take to let go of what has an end; ${full.settle}
  --snapshots DIRECTORY  heap snapshots of the first and the last checkpoint`

/** `undefined` when help was asked for. Throws, naming the option, for what it does not know. */
export function parseOptions(args: readonly string[]): SoakOptions | undefined {
  const text = { type: 'string' } as const
  const { values } = parseArgs({
    args: [...args],
    options: {
      help: { type: 'boolean' },
      mode: text,
      requests: text,
      'warm-up': text,
      'warm-up-seconds': text,
      rate: text,
      pause: text,
      settle: text,
      snapshots: text,
    },
  })
  if (values.help) return undefined
  const number = (name: Exclude<keyof typeof values, 'help'>, fallback: number) =>
    numberOf(name, values[name], fallback)
  return {
    modes: values.mode === undefined ? ownIds : values.mode.split(',').map(modeOf),
    requests: number('requests', full.requests),
    warmUp: {
      requests: number('warm-up', full.warmUp),
      seconds: number('warm-up-seconds', full.warmUpSeconds),
    },
    perSecond: number('rate', full.rate),
    pauseSeconds: number('pause', full.pause),
    settleSeconds: number('settle', full.settle),
    snapshots: values.snapshots,
    part: args.length > 0,
    command: ['npm run soak', ...(args.length > 0 ? ['--', ...args] : [])].join(' '),
  }
}

function modeOf(text: string): Mode {
  const mode = ownIds.find((id) => id === text)
  if (mode === undefined) throw new Error(`--mode knows ${ownIds.join(', ')}; not "${text}".`)
  return mode
}

function numberOf(name: string, text: string | undefined, fallback: number): number {
  if (text === undefined) return fallback
  const value = Number(text)
  if (Number.isFinite(value) && value >= 0) return value
  throw new Error(`--${name} wants a number, not "${text}".`)
}
