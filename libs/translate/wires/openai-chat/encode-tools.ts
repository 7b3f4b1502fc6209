import type { Json, JsonObject, ReasoningOptions, ResponseFormat, Tool, ToolChoice } from '#contract'
import { warnOfForeign } from '../../foreign-extensions.ts'
import type { Warnings } from '../../warnings.ts'
import { takesReasoningEffort } from './model-traits.ts'

export function encodeTools(tools: readonly Tool[], warnings: Warnings): readonly JsonObject[] {
  const encoded: JsonObject[] = []
  for (const [index, tool] of tools.entries()) {
    if (tool.type === 'function') encoded.push(encodeFunction(tool, `tools[${index}].`, warnings))
    else if (tool.wire === 'openai-chat') encoded.push(tool.value as JsonObject)
    else warnings.unsupported(`tools[${index}]`)
  }
  return encoded
}

function encodeFunction(
  tool: Extract<Tool, { type: 'function' }>,
  path: string,
  warnings: Warnings,
): JsonObject {
  warnOfForeign(tool.extensions, { own: 'openai-chat', warnings, path })
  if (tool.cache !== undefined) warnings.unsupported(`${path}cache_control`)
  const definition: Record<string, Json> = { name: tool.name }
  if (tool.description !== undefined) definition['description'] = tool.description
  if (tool.schema !== undefined) definition['parameters'] = tool.schema
  if (tool.strict !== undefined) definition['strict'] = tool.strict
  return { type: 'function', function: definition }
}

export function encodeToolChoice(choice: ToolChoice, warnings: Warnings): Json | undefined {
  switch (choice.type) {
    case 'function':
      return { type: 'function', function: { name: choice.name } }
    case 'opaque':
      if (choice.wire === 'openai-chat') return choice.value
      warnings.unsupported('tool_choice')
      return undefined
    default:
      return choice.type
  }
}

export function encodeResponseFormat(format: ResponseFormat): JsonObject {
  switch (format.type) {
    case 'text':
      return { type: 'text' }
    case 'json':
      return { type: 'json_object' }
    default: {
      const schema: Record<string, Json> = { name: format.name }
      if (format.description !== undefined) schema['description'] = format.description
      schema['schema'] = format.schema
      if (format.strict !== undefined) schema['strict'] = format.strict
      return { type: 'json_schema', json_schema: schema }
    }
  }
}

/** A named effort goes up as it is; a budget or a plain "think" becomes one where the model takes it. */
export function encodeReasoning(
  reasoning: ReasoningOptions,
  model: string,
  warnings: Warnings,
): string | undefined {
  if (reasoning.effort !== undefined) return reasoning.effort
  if (!takesReasoningEffort(model)) {
    if (reasoning.enabled !== false) warnings.unsupported('thinking')
    return undefined
  }
  if (reasoning.budgetTokens === undefined) {
    // "Think" and "do not think" without an amount: the model's own default is the nearest.
    warnings.unsupported('thinking')
    return undefined
  }
  warnings.changed('thinking.budget_tokens')
  return effortOf(reasoning.budgetTokens)
}

/** Bands of Anthropic's thinking budgets (1,024 is their least) as efforts. */
function effortOf(budgetTokens: number): string {
  if (budgetTokens < 4_096) return 'low'
  return budgetTokens < 16_384 ? 'medium' : 'high'
}
