import type { ChatRequest, JsonObject, ReasoningOptions } from '#contract'
import type { Warnings } from '../../warnings.ts'

/** An effort as `token_budget`; `none` is thinking switched off. */
const budgetOf: Readonly<Record<Exclude<NonNullable<ReasoningOptions['effort']>, 'none'>, number>> = {
  minimal: 1_024,
  low: 2_048,
  medium: 8_192,
  high: 16_384,
  xhigh: 24_576,
  max: 32_000,
}

/**
 * `thinking {type, token_budget}`; `undefined` leaves the model's own default. `token_budget` "must be set to a positive
 * integer" (cohere-ai 8.1.0, Thinking), and must leave room in `max_tokens`, which counts the thinking, too.
 */
export function encodeThinking(
  request: ChatRequest,
  thinks: boolean,
  warnings: Warnings,
): JsonObject | undefined {
  const { reasoning } = request
  if (reasoning === undefined) return undefined
  const isOff = reasoning.enabled === false || reasoning.effort === 'none'
  if (!thinks) {
    if (!isOff) warnings.unsupported(askedFor(reasoning))
    return undefined
  }
  if (isOff) return { type: 'disabled' }
  if (reasoning.summary !== undefined) warnings.unsupported('thinking.display')
  const wanted = budgetWanted(reasoning)
  if (wanted === undefined) return { type: 'enabled' }
  const budget = Math.min(wanted, (request.sampling.maxOutputTokens ?? Number.POSITIVE_INFINITY) - 1)
  if (budget < 1) {
    warnings.unsupported(askedFor(reasoning))
    return { type: 'enabled' }
  }
  const whole = Math.floor(budget)
  if (whole !== wanted) warnings.changed(askedFor(reasoning))
  return { type: 'enabled', token_budget: whole }
}

function budgetWanted({ budgetTokens, effort }: ReasoningOptions): number | undefined {
  if (budgetTokens !== undefined) return budgetTokens
  return effort === undefined || effort === 'none' ? undefined : budgetOf[effort]
}

function askedFor({ effort, budgetTokens }: ReasoningOptions): string {
  if (effort !== undefined) return 'reasoning_effort'
  return budgetTokens === undefined ? 'thinking' : 'thinking.budget_tokens'
}
