import type { Target } from '#contract'
import { matchesPattern } from './pattern.ts'

/** Timeouts of the models that fit a pattern (`model` or `provider/model`); absent = not said here. Milliseconds. */
export type PatternTimeouts = {
  readonly model: string
  readonly requestTimeoutMs: number | undefined
  readonly firstByteTimeoutMs: number | undefined
  readonly streamIdleTimeoutMs: number | undefined
  readonly streamTotalTimeoutMs: number | undefined
}

/** What is configured for a target, member by member: the first entry that fits and says something. */
export function timeoutsOf(
  entries: readonly PatternTimeouts[],
  { provider, model }: Target,
): Partial<Omit<PatternTimeouts, 'model'>> {
  const fitting = entries.filter(
    ({ model: pattern }) => matchesPattern(pattern, model) || matchesPattern(pattern, `${provider}/${model}`),
  )
  if (fitting.length === 0) return {}
  const said = <Name extends keyof PatternTimeouts>(name: Name) =>
    fitting.find((entry) => entry[name] !== undefined)?.[name]
  return {
    requestTimeoutMs: said('requestTimeoutMs'),
    firstByteTimeoutMs: said('firstByteTimeoutMs'),
    streamIdleTimeoutMs: said('streamIdleTimeoutMs'),
    streamTotalTimeoutMs: said('streamTotalTimeoutMs'),
  }
}
