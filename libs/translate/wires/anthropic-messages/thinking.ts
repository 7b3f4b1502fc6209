import type { ChatRequest, JsonObject, ReasoningOptions } from '#contract'
import type { Warnings } from '../../warnings.ts'
import type { ModelTraits } from './model-traits.ts'

/** What a request asks of the model's thinking, in this wire's three currencies. */
export type Thinking = {
  readonly thinking?: JsonObject
  /** `output_config.effort`. */
  readonly effort?: string
  /** Set when thinking has a budget, which fixes the sampling parameters. */
  readonly budgetTokens?: number
}

/** "Must be ≥1024 and less than max_tokens" (@anthropic-ai/sdk 1.12.0, ThinkingConfigEnabled.budget_tokens). */
const leastBudget = 1_024

/** An effort as a budget, for models that think by budget. */
const budgetOf: Readonly<Record<NonNullable<ReasoningOptions['effort']>, number>> = {
  none: 0,
  minimal: 1_024,
  low: 2_048,
  medium: 8_192,
  high: 16_384,
  xhigh: 24_576,
  max: 32_000,
}

export function encodeThinking(request: ChatRequest, traits: ModelTraits, warnings: Warnings): Thinking {
  const { reasoning } = request
  if (reasoning === undefined) return {}
  if (reasoning.enabled === false) return encodeNoThinking(reasoning, traits, warnings)
  switch (traits.thinking) {
    case 'adaptive':
      return encodeAdaptive(reasoning, warnings)
    case 'budget':
      return encodeBudget(request, reasoning, warnings)
    case 'none':
      warnings.unsupported('reasoning_effort')
      return {}
  }
}

function encodeNoThinking(reasoning: ReasoningOptions, traits: ModelTraits, warnings: Warnings): Thinking {
  if (traits.thinking === 'none') return {}
  const effort = reasoning.effort === 'none' ? undefined : reasoning.effort
  if (traits.canStopThinking)
    return { thinking: { type: 'disabled' }, ...(effort !== undefined && { effort }) }
  warnings.changed('reasoning_effort')
  return { effort: effort ?? 'low' }
}

function encodeAdaptive(reasoning: ReasoningOptions, warnings: Warnings): Thinking {
  if (reasoning.budgetTokens !== undefined) warnings.changed('thinking.budget_tokens')
  const thinking: JsonObject = { type: 'adaptive', ...encodeDisplay(reasoning) }
  if (reasoning.effort === undefined) return { thinking }
  if (reasoning.effort === 'minimal') warnings.changed('reasoning_effort')
  return { thinking, effort: reasoning.effort === 'minimal' ? 'low' : reasoning.effort }
}

function encodeBudget(request: ChatRequest, reasoning: ReasoningOptions, warnings: Warnings): Thinking {
  const wanted = reasoning.budgetTokens ?? budgetOf[reasoning.effort ?? 'medium']
  const limit = request.sampling.maxOutputTokens
  const budgetTokens = limit === undefined ? wanted : Math.min(wanted, limit - 1)
  if (budgetTokens < leastBudget) {
    warnings.unsupported('reasoning_effort')
    return {}
  }
  if (budgetTokens !== wanted) warnings.changed('reasoning_effort')
  const thinking: JsonObject = { type: 'enabled', budget_tokens: budgetTokens }
  return {
    thinking: { ...thinking, ...encodeDisplay(reasoning) },
    budgetTokens,
  }
}

/** `display` is `summarized` or `omitted`; OpenAI's words (`auto`, `concise`, `detailed`) all ask for a summary. */
function encodeDisplay({ summary }: ReasoningOptions): JsonObject {
  if (summary === undefined) return {}
  return { display: summary === 'omitted' ? summary : 'summarized' }
}
