import type { Config } from '#config'
import type { GatewayError, Target, Usage, WireId } from '#contract'
import type { Logger, Metrics } from '#observability'
import type { RateTaking, Store } from '#store'
import { type LimitState, limitHeaders } from './limit-headers.ts'
import { heldBackBy, rateLimited } from './refusal.ts'
import { type AppliedLimit, createRateRules, type RateRules } from './rules.ts'

export type RateRequest = {
  /** Digest of the client's key. */
  readonly tenant: string
  readonly target: Target
  /** Called at most once, at admission, where tokens are limited. */
  readonly estimateTokens: () => number
}

/** How a request ended, as far as its limits are concerned. */
export type RateOutcome = {
  readonly usage: Usage | undefined
  /** True when the head of an answer other than an error went out: then its tokens count, as estimated where nobody told. */
  readonly answered: boolean
  /** Who answered, where that may be another than was admitted. */
  readonly target?: Target | undefined
}

/** A request while its limits are held: its body is not. */
type Asked = Pick<RateRequest, 'tenant' | 'target'> & { readonly tokens: number }

type Headers = Readonly<Record<string, string>>

/**
 * What an admitted request has taken.
 *
 *   held → settle(outcome) → settled   tokens corrected; the request counts
 *   held → release()       → settled   all given back: as if it had never been asked for
 *
 * Of several calls the first one counts. Neither rejects: what the store cannot take ends with its window.
 */
export type RateLease = {
  readonly admitted: true
  headers(wire: WireId): Headers
  settle(outcome: RateOutcome): Promise<void>
  release(): Promise<void>
}

export type RateRefusal = {
  readonly admitted: false
  /** 429 `rate_limited` with the time after which the limit has room again. */
  readonly error: GatewayError
  /** True when the limit is the target's, so that another target may be asked; a client key's holds for all of them. */
  readonly elsewhere: boolean
  headers(wire: WireId): Headers
}

export type RateAdmission = RateLease | RateRefusal

/**
 * The limits per minute of the config. Each target that a request is sent to is asked for anew: what was taken for one
 * that is then passed over is released first. Rejects with `unavailable` while the store is away.
 */
export type RateLimiter = { admit(request: RateRequest): RateAdmission | Promise<RateAdmission> }

type Shared = {
  readonly rules: RateRules
  readonly store: Pick<Store, 'rateLimits' | 'clock'>
  readonly logger: Logger
  readonly metrics: Pick<Metrics, 'queueRejected' | 'rateLimited'>
}

const nothing: Headers = {}

/** Of every request where nothing is limited. */
export const unlimited: RateLease = {
  admitted: true,
  headers: () => nothing,
  settle: async () => {},
  release: async () => {},
}

export function createRateLimits(
  options: Omit<Shared, 'rules'> & { readonly config: Pick<Config, 'routing'> },
): RateLimiter {
  const rules = createRateRules(options.config.routing.rateLimits)
  if (rules.none) return { admit: () => unlimited }
  const shared: Shared = { ...options, rules }
  return {
    admit({ tenant, target, estimateTokens }) {
      const asked = { tenant, target, tokens: rules.tokens ? estimateTokens() : 0 }
      const stages = rules.applied(asked)
      return stages.length === 0 ? createLease(shared, asked, []) : reserve(shared, asked, stages)
    },
  }
}

async function reserve(
  shared: Shared,
  asked: Asked,
  stages: readonly (readonly AppliedLimit[])[],
): Promise<RateAdmission> {
  const limits = stages.flat()
  const reservation = await shared.store.rateLimits.reserve(
    stages.map((stage) => stage.map((limit) => takingOf(limit, asked.tokens))),
  )
  const byName = new Map(limits.map((limit) => [limit.name, limit]))
  const states = reservation.states.flatMap((state) => {
    const limit = byName.get(state.name)
    return limit === undefined ? [] : [{ limit, state }]
  })
  if (reservation.allowed) return createLease(shared, asked, states)
  return createRefusal(shared, asked, states)
}

/** A request that may need more than a limit holds waits for all of it: its estimate is high, or it would never be let in. */
function takingOf({ name, unit, limitPerMinute }: AppliedLimit, tokens: number): RateTaking {
  return { name, points: unit === 'requests' ? 1 : Math.min(tokens, limitPerMinute), limitPerMinute }
}

function createRefusal(shared: Shared, { target }: Asked, states: readonly LimitState[]): RateRefusal {
  const reached = heldBackBy(states)
  const error = rateLimited(reached)
  shared.metrics.queueRejected({ provider: target.provider, reason: error.code })
  shared.metrics.rateLimited({ per: reached.limit.per, unit: reached.limit.unit })
  return {
    admitted: false,
    error,
    elsewhere: !states.some(({ limit, state }) => state.refused && limit.per === 'client_key'),
    headers: (wire) => limitHeaders(states, { wire, nowMs: shared.store.clock.nowMs() }),
  }
}

function createLease(shared: Shared, asked: Asked, states: readonly LimitState[]): RateLease {
  let settled = false
  const correct = async (corrections: () => readonly Correction[]) => {
    if (settled) return
    settled = true
    await apply(shared, corrections())
  }
  return {
    admitted: true,
    headers: (wire) => limitHeaders(states, { wire, nowMs: shared.store.clock.nowMs() }),
    settle: (outcome) => correct(() => settlement(shared.rules, asked, { states, outcome })),
    release: () => correct(() => states.map(({ state }) => ({ taken: state, delta: -state.points }))),
  }
}

type Correction = {
  readonly taken: { readonly name: string; readonly untilMs: number }
  readonly delta: number
}

/**
 * Limits of whoever answered are charged what was used. Those of a target that was admitted and left for another keep the
 * request, which was sent there, and get the tokens back.
 */
function settlement(
  rules: RateRules,
  asked: Asked,
  { states, outcome }: { readonly states: readonly LimitState[]; readonly outcome: RateOutcome },
): readonly Correction[] {
  const used = tokensUsed(outcome)
  const target = outcome.target ?? asked.target
  const moved = target.provider !== asked.target.provider || target.model !== asked.target.model
  const now = moved ? rules.applied({ tenant: asked.tenant, target }).flat() : []
  const taken = states.flatMap(({ limit, state }): Correction[] => {
    if (limit.unit === 'requests') return []
    if (moved && !now.some(({ name }) => name === state.name)) return [{ taken: state, delta: -state.points }]
    return used === undefined ? [] : [{ taken: state, delta: used - state.points }]
  })
  const late = now.flatMap(({ name, unit }): Correction[] => {
    if (states.some(({ state }) => state.name === name)) return []
    const delta = unit === 'requests' ? 1 : (used ?? asked.tokens)
    return [{ taken: { name, untilMs: 0 }, delta }]
  })
  return [...taken, ...late]
}

/** `undefined` = as estimated. */
function tokensUsed({ usage, answered }: RateOutcome): number | undefined {
  const input = usage?.input.total
  const output = usage?.output.total
  if (input !== undefined || output !== undefined) return Math.round((input ?? 0) + (output ?? 0))
  return answered ? undefined : 0
}

async function apply({ store, logger }: Shared, corrections: readonly Correction[]): Promise<void> {
  try {
    await Promise.all(
      corrections.map(async ({ taken, delta }) => {
        if (delta !== 0) await store.rateLimits.settle(taken, delta)
      }),
    )
  } catch (error) {
    logger.warn({ error }, 'a rate limit could not be corrected')
  }
}
