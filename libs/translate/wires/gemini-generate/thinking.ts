import type { JsonObject, ReasoningOptions } from '#contract'
import type { Draft } from '../../draft.ts'
import { optionalBoolean, optionalText } from '../../request-members.ts'
import type { Warnings } from '../../warnings.ts'
import type { Level, Thinking } from './model-traits.ts'
import { optionalInteger } from './numbers.ts'
import { camelCased } from './spelling.ts'

/*
 * `generationConfig.thinkingConfig` ↔ reasoning.
 *
 *   thinkingBudget   0 is off, -1 is "as much as it takes", else tokens (models of generation 2.5)
 *   thinkingLevel    an effort (generation 3 and later)
 *   includeThoughts  whether the thoughts are shown: a summary is asked for (`summarized`) or not (`omitted`)
 */

const members: ReadonlySet<string> = new Set(['includeThoughts', 'thinkingBudget', 'thinkingLevel'])

type Effort = NonNullable<ReasoningOptions['effort']>

const effortOf: ReadonlyMap<string, Effort> = new Map([
  ['MINIMAL', 'minimal'],
  ['LOW', 'low'],
  ['MEDIUM', 'medium'],
  ['HIGH', 'high'],
  ['XHIGH', 'xhigh'],
])

export function decodeThinking(raw: JsonObject | undefined): ReasoningOptions | undefined {
  if (raw === undefined) return undefined
  const path = 'generationConfig.thinkingConfig.'
  const config = camelCased(raw, members)
  const budget = optionalInteger(config, 'thinkingBudget', path)
  const level = optionalText(config, 'thinkingLevel', path)?.toUpperCase()
  const shown = optionalBoolean(config, 'includeThoughts', path)
  // Not to see thoughts that nobody asked for is what happens anyway.
  if (budget === undefined && level === undefined && shown !== true) return undefined
  const reasoning: Draft<ReasoningOptions> = { summary: shown === true ? 'summarized' : 'omitted' }
  if (budget !== undefined) {
    reasoning.enabled = budget !== 0
    if (budget > 0) reasoning.budgetTokens = budget
  }
  const effort = level === undefined ? undefined : effortOf.get(level)
  if (effort !== undefined) {
    reasoning.effort = effort
    reasoning.enabled = true
  }
  return reasoning
}

/**
 * The vendor's own table for efforts on models that think by budget:
 * https://ai.google.dev/gemini-api/docs/openai#thinking
 */
const budgetOf: Readonly<Record<Effort, number>> = {
  none: 0,
  minimal: 1_024,
  low: 1_024,
  medium: 8_192,
  high: 24_576,
  xhigh: 32_768,
  max: 32_768,
}

export function encodeThinking(
  reasoning: ReasoningOptions,
  thinking: Thinking,
  warnings: Warnings,
): JsonObject | undefined {
  switch (thinking.kind) {
    case 'none':
      if (isAskedFor(reasoning)) warnings.unsupported('reasoning_effort')
      return undefined
    case 'budget':
      return withThoughts(encodeBudget(reasoning, thinking, warnings), reasoning)
    case 'level':
      return withThoughts(encodeLevel(reasoning, thinking.levels, warnings), reasoning)
  }
}

function isAskedFor({ enabled, effort, budgetTokens }: ReasoningOptions): boolean {
  return enabled === true || budgetTokens !== undefined || (effort !== undefined && effort !== 'none')
}

/** Who asks for thinking without saying how much of it it wants to see (Anthropic's callers) sees it. */
function withThoughts(config: JsonObject, reasoning: ReasoningOptions): JsonObject | undefined {
  const { summary, enabled, effort } = reasoning
  const shown =
    summary === undefined
      ? enabled === true && effort === undefined
      : summary !== 'omitted' && summary !== 'none'
  if (shown && enabled !== false) return { includeThoughts: true, ...config }
  return Object.keys(config).length === 0 ? undefined : config
}

function encodeBudget(
  reasoning: ReasoningOptions,
  limits: Extract<Thinking, { kind: 'budget' }>,
  warnings: Warnings,
): JsonObject {
  const { enabled, effort, budgetTokens } = reasoning
  if (enabled === false || effort === 'none') {
    if (limits.canStop) return { thinkingBudget: 0 }
    warnings.changed('reasoning_effort')
    return { thinkingBudget: limits.least }
  }
  const wanted = budgetTokens ?? (effort === undefined ? undefined : budgetOf[effort])
  if (wanted === undefined) return enabled === true ? { thinkingBudget: -1 } : {}
  const thinkingBudget = Math.min(limits.most, Math.max(limits.least, wanted))
  if (budgetTokens !== undefined && thinkingBudget !== budgetTokens) {
    warnings.changed('thinking.budget_tokens')
  }
  return { thinkingBudget }
}

const levelOf: Readonly<Record<Effort, Level>> = {
  none: 'MINIMAL',
  minimal: 'MINIMAL',
  low: 'LOW',
  medium: 'MEDIUM',
  high: 'HIGH',
  xhigh: 'HIGH',
  max: 'HIGH',
}

function encodeLevel(reasoning: ReasoningOptions, levels: readonly Level[], warnings: Warnings): JsonObject {
  const { enabled, effort, budgetTokens } = reasoning
  if (effort === undefined && budgetTokens !== undefined && enabled !== false) {
    warnings.changed('thinking.budget_tokens')
    return { thinkingLevel: nearest(levelOfBudget(budgetTokens), levels) }
  }
  const asked: Effort | undefined = enabled === false ? 'none' : effort
  if (asked === undefined) return {}
  const thinkingLevel = nearest(levelOf[asked], levels)
  const isSame = effortOf.get(thinkingLevel) === asked || asked === 'max'
  if (!isSame) warnings.changed('reasoning_effort')
  return { thinkingLevel }
}

function levelOfBudget(budget: number): Level {
  if (budget < 4_096) return 'LOW'
  return budget < 16_384 ? 'MEDIUM' : 'HIGH'
}

const order: readonly Level[] = ['MINIMAL', 'LOW', 'MEDIUM', 'HIGH']

/** The level itself, else the next higher one that the model has. */
function nearest(level: Level, levels: readonly Level[]): Level {
  return order.slice(order.indexOf(level)).find((each) => levels.includes(each)) ?? 'HIGH'
}
