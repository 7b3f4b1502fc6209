import { hash } from 'node:crypto'
import type { RateLimitConfig } from '#config'
import type { Target } from '#contract'
import { matchesPattern } from '#routing'

export type RateScope = RateLimitConfig['per']
export type RateUnit = 'requests' | 'tokens'

/** One counter that a request must pass. */
export type AppliedLimit = {
  /** Of the counter: holds digests, no names of callers' choosing and no keys. */
  readonly name: string
  readonly per: RateScope
  readonly unit: RateUnit
  readonly limitPerMinute: number
  /** Whose limit it is, for people. */
  readonly whose: string
}

export type RateRules = {
  /** True when nothing is limited. */
  readonly none: boolean
  /** True when tokens are, of whatever. */
  readonly tokens: boolean
  /** The limits of a request in stages, the narrowest scope first; empty when none concerns it. */
  applied(request: { readonly tenant: string; readonly target: Target }): readonly (readonly AppliedLimit[])[]
}

type Limits = { readonly [unit in RateUnit]: number | undefined }
type Rule = Limits & { readonly per: RateScope; readonly match: string | undefined }

/** Narrowest first: who has used up its own takes nothing of what others share. */
const scopes: readonly RateScope[] = ['client_key', 'model', 'provider']
const units: readonly RateUnit[] = ['requests', 'tokens']

export function createRateRules(configured: readonly RateLimitConfig[]): RateRules {
  const rules = merged(configured)
  const byScope = scopes
    .map((scope) => rules.filter((rule) => rule.per === scope))
    .filter((stage) => stage.length > 0)
  return {
    none: rules.length === 0,
    tokens: rules.some((rule) => rule.tokens !== undefined),
    applied: (request) =>
      byScope
        .map((stage) => stage.flatMap((rule) => limitsOf(rule, request)))
        .filter((stage) => stage.length > 0),
  }
}

/** Rules for the same things count as one: the strictest of each unit holds. */
function merged(configured: readonly RateLimitConfig[]): readonly Rule[] {
  const rules = new Map<string, Rule>()
  for (const { per, match, requestsPerMinute, tokensPerMinute } of configured) {
    const id = JSON.stringify([per, match])
    const known = rules.get(id)
    rules.set(id, {
      per,
      match,
      requests: strictest(known?.requests, requestsPerMinute),
      tokens: strictest(known?.tokens, tokensPerMinute),
    })
  }
  return [...rules.values()]
}

function strictest(one: number | undefined, other: number | undefined): number | undefined {
  return one === undefined || other === undefined ? (one ?? other) : Math.min(one, other)
}

function limitsOf(
  rule: Rule,
  request: { readonly tenant: string; readonly target: Target },
): readonly AppliedLimit[] {
  const { per, match } = rule
  const counted = countedAs(per, request)
  if (counted === undefined || (match !== undefined && !matchesPattern(match, counted))) return []
  const digest = hash('sha256', JSON.stringify([match === undefined, match ?? counted]), 'base64url').slice(
    0,
    22,
  )
  const whose = whoseLimit(per, match, counted)
  return units.flatMap((unit) => {
    const limitPerMinute = rule[unit]
    return limitPerMinute === undefined
      ? []
      : [{ name: `${per}:${unit}:${digest}`, per, unit, limitPerMinute, whose }]
  })
}

/** `undefined` for a request that asks no model. */
function countedAs(
  per: RateScope,
  { tenant, target }: { readonly tenant: string; readonly target: Target },
): string | undefined {
  switch (per) {
    case 'client_key':
      return tenant
    case 'model':
      return target.model === '' ? undefined : `${target.provider}/${target.model}`
    case 'provider':
      return target.provider
  }
}

function whoseLimit(per: RateScope, match: string | undefined, counted: string): string {
  if (per === 'client_key') return 'this client key'
  if (match !== undefined) return `the ${per}s that match ${JSON.stringify(match)}`
  return `the ${per} ${JSON.stringify(counted.slice(0, 120))}`
}
