import type { Json, JsonObject, ReasoningOptions, ResponseFormat, Tool, ToolChoice } from '#contract'
import type { Draft } from '../../draft.ts'
import {
  optionalBoolean,
  optionalNumber,
  optionalObject,
  optionalText,
  requiredObject,
  requiredText,
} from '../../request-members.ts'
import { unknownMembers } from '../../unknown-members.ts'
import { decodeCacheMark } from './cache-mark.ts'

type FunctionTool = Extract<Tool, { type: 'function' }>

const knownOfTool: ReadonlySet<string> = new Set([
  ...['type', 'name', 'description', 'input_schema', 'strict', 'cache_control'],
])

/** Tool definitions; the vendor's own tools (a `type` with a date) stay opaque. */
export function decodeTools(tools: readonly Json[] | undefined): readonly Tool[] | undefined {
  return tools?.map((value, index) => {
    const path = `tools[${index}]`
    const tool = requiredObject(value, path)
    const kind = tool['type']
    if (kind !== undefined && kind !== null && kind !== 'custom') {
      return { type: 'opaque', wire: 'anthropic-messages', value: tool }
    }
    return decodeTool(tool, `${path}.`)
  })
}

function decodeTool(tool: JsonObject, path: string): FunctionTool {
  const decoded: Draft<FunctionTool> = { type: 'function', name: requiredText(tool, 'name', path) }
  const description = optionalText(tool, 'description', path)
  if (description !== undefined) decoded.description = description
  const schema = optionalObject(tool, 'input_schema', path)
  if (schema !== undefined) decoded.schema = schema
  const strict = optionalBoolean(tool, 'strict', path)
  if (strict !== undefined) decoded.strict = strict
  const cache = decodeCacheMark(tool)
  if (cache !== undefined) decoded.cache = cache
  const unknown = unknownMembers(tool, knownOfTool)
  if (unknown !== undefined) decoded.extensions = { 'anthropic-messages': unknown }
  return decoded
}

/** One member here says both which tool and whether several at once. */
export function decodeToolChoice(
  choice: JsonObject | undefined,
): { readonly toolChoice: ToolChoice; readonly parallelToolCalls: boolean | undefined } | undefined {
  if (choice === undefined) return undefined
  const disabled = optionalBoolean(choice, 'disable_parallel_tool_use', 'tool_choice.')
  const parallelToolCalls = disabled === undefined ? undefined : !disabled
  return { toolChoice: decodeChoice(choice), parallelToolCalls }
}

function decodeChoice(choice: JsonObject): ToolChoice {
  switch (choice['type']) {
    case 'auto':
      return { type: 'auto' }
    case 'none':
      return { type: 'none' }
    case 'any':
      return { type: 'required' }
    case 'tool':
      return { type: 'function', name: requiredText(choice, 'name', 'tool_choice.') }
    default:
      return { type: 'opaque', wire: 'anthropic-messages', value: choice }
  }
}

const efforts: ReadonlySet<string> = new Set(['low', 'medium', 'high', 'xhigh', 'max'])

/** `output_config`: the format of the answer and how much effort goes into it. */
export function decodeOutput(config: JsonObject | undefined): {
  readonly responseFormat?: ResponseFormat
  readonly effort?: NonNullable<ReasoningOptions['effort']>
} {
  if (config === undefined) return {}
  const format = optionalObject(config, 'format', 'output_config.')
  const schema = format === undefined ? undefined : optionalObject(format, 'schema', 'output_config.format.')
  const effort = optionalText(config, 'effort', 'output_config.')
  return {
    // The vendor always holds to the schema and has no name for it.
    ...(schema !== undefined && {
      responseFormat: { type: 'json-schema', name: 'response', schema, strict: true } as const,
    }),
    ...(effort !== undefined &&
      efforts.has(effort) && { effort: effort as NonNullable<ReasoningOptions['effort']> }),
  }
}

/** `thinking` and `effort`; a kind of thinking without neutral form (`between_tools`) is left to the extensions. */
export function decodeThinking(
  thinking: JsonObject | undefined,
  effort: ReasoningOptions['effort'],
): ReasoningOptions | undefined {
  if (thinking === undefined && effort === undefined) return undefined
  const reasoning: Draft<ReasoningOptions> = {}
  if (effort !== undefined) reasoning.effort = effort
  const kind = thinking?.['type']
  if (kind === 'enabled' || kind === 'adaptive') reasoning.enabled = true
  if (kind === 'disabled') reasoning.enabled = false
  if (thinking === undefined || reasoning.enabled === undefined) return reasoning
  const budgetTokens = optionalNumber(thinking, 'budget_tokens', 'thinking.')
  if (budgetTokens !== undefined) reasoning.budgetTokens = budgetTokens
  const summary = optionalText(thinking, 'display', 'thinking.')
  if (summary !== undefined) reasoning.summary = summary
  return reasoning
}
