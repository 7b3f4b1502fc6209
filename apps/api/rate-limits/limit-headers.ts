import type { WireId } from '#contract'
import type { RateState } from '#store'
import type { AppliedLimit, RateUnit } from './rules.ts'

/** A limit, and what its window says. */
export type LimitState = { readonly limit: AppliedLimit; readonly state: RateState }

const anthropicWires: ReadonlySet<WireId> = new Set([
  'anthropic-messages',
  'anthropic-count-tokens',
  'anthropic-batches',
  'anthropic-files',
])

/**
 * What a caller is told of its limits: OpenAI's names, which most clients know, and Anthropic's beside them for callers
 * of its API. Of several limits of a unit the one that refused is shown, else the one with the least left.
 */
export function limitHeaders(
  states: readonly LimitState[],
  options: { readonly wire: WireId; readonly nowMs: number },
): Readonly<Record<string, string>> {
  const headers: Record<string, string> = {}
  for (const unit of ['requests', 'tokens'] as const) {
    const tightest = tightestOf(states, unit)
    if (tightest === undefined) continue
    const { limitPerMinute, remaining, resetMs } = tightest
    headers[`x-ratelimit-limit-${unit}`] = String(limitPerMinute)
    headers[`x-ratelimit-remaining-${unit}`] = String(remaining)
    headers[`x-ratelimit-reset-${unit}`] = durationText(resetMs)
    if (!anthropicWires.has(options.wire)) continue
    headers[`anthropic-ratelimit-${unit}-limit`] = String(limitPerMinute)
    headers[`anthropic-ratelimit-${unit}-remaining`] = String(remaining)
    headers[`anthropic-ratelimit-${unit}-reset`] = wholeSecond(options.nowMs + resetMs)
  }
  return headers
}

function tightestOf(states: readonly LimitState[], unit: RateUnit): RateState | undefined {
  let tightest: RateState | undefined
  for (const { limit, state } of states) {
    if (limit.unit !== unit) continue
    if (tightest === undefined || isTighter(state, tightest)) tightest = state
  }
  return tightest
}

function isTighter(one: RateState, other: RateState): boolean {
  if (one.refused !== other.refused) return one.refused
  if (one.remaining !== other.remaining) return one.remaining < other.remaining
  return one.resetMs > other.resetMs
}

/** As OpenAI writes it: `120ms`, `8.64s`, `6m0s`. */
export function durationText(ms: number): string {
  const whole = Math.max(0, Math.ceil(ms))
  if (whole < 1_000) return `${whole}ms`
  const minutes = Math.floor(whole / 60_000)
  const seconds = `${(whole - minutes * 60_000) / 1_000}s`
  return minutes === 0 ? seconds : `${minutes}m${seconds}`
}

/** As Anthropic writes it, not before the window has ended. */
function wholeSecond(epochMs: number): string {
  return new Date(Math.ceil(epochMs / 1_000) * 1_000).toISOString().replace('.000', '')
}
