import { GatewayError } from '#contract'
import type { LimitState } from './limit-headers.ts'

/** The limit that holds a request back the longest. */
export function heldBackBy(states: readonly LimitState[]): LimitState {
  const [first, ...others] = states.filter(({ state }) => state.refused)
  if (first === undefined) throw new Error('a reservation was refused by no limit')
  return others.reduce(
    (longest, next) => (next.state.resetMs > longest.state.resetMs ? next : longest),
    first,
  )
}

export function rateLimited({ limit, state }: LimitState): GatewayError {
  const seconds = Math.max(1, Math.ceil(state.resetMs / 1_000))
  const asked =
    limit.unit === 'tokens' ? `; ${state.remaining} are left and this request may need ${state.points}` : ''
  return new GatewayError({
    kind: 'rate-limited',
    code: 'rate_limited',
    message: `The gateway's limit of ${limit.whose} is reached: ${limit.limitPerMinute} ${limit.unit} per minute${asked}. Try again in ${seconds} s.`,
    retryAfterMs: state.resetMs,
  })
}
