import type { Json, JsonObject, ReasoningOptions, ResponseFormat, Tool, ToolChoice } from '#contract'
import { warnOfForeign } from '../../foreign-extensions.ts'
import type { Warnings } from '../../warnings.ts'
import { encodeReasoning as encodeEffort } from '../openai-chat/encode-tools.ts'
import { takesReasoningEffort } from '../openai-chat/model-traits.ts'

/**
 * `strictUnsaid`: what `strict` is where the caller said nothing. The vendor's own default here is to be strict; on other
 * wires a schema is a hint.
 */
export function encodeTools(
  tools: readonly Tool[],
  strictUnsaid: boolean | null,
  warnings: Warnings,
): readonly JsonObject[] {
  const encoded: JsonObject[] = []
  for (const [index, tool] of tools.entries()) {
    if (tool.type === 'function') encoded.push(encodeFunction(tool, `tools[${index}].`))
    else if (tool.wire === 'openai-responses') encoded.push(tool.value as JsonObject)
    else warnings.unsupported(`tools[${index}]`)
  }
  return encoded

  /** `parameters` and `strict` are required (openai 7.57.0, FunctionTool). */
  function encodeFunction(tool: Extract<Tool, { type: 'function' }>, path: string): JsonObject {
    warnOfForeign(tool.extensions, { own: 'openai-responses', warnings, path })
    if (tool.cache !== undefined) warnings.unsupported(`${path}cache_control`)
    const definition: Record<string, Json> = { type: 'function', name: tool.name }
    if (tool.description !== undefined) definition['description'] = tool.description
    definition['parameters'] = tool.schema ?? null
    definition['strict'] = tool.strict ?? strictUnsaid
    return { ...definition, ...tool.extensions?.['openai-responses'] }
  }
}

export function encodeToolChoice(choice: ToolChoice, warnings: Warnings): Json | undefined {
  switch (choice.type) {
    case 'function':
      return { type: 'function', name: choice.name }
    case 'opaque':
      if (choice.wire === 'openai-responses') return choice.value
      warnings.unsupported('tool_choice')
      return undefined
    default:
      return choice.type
  }
}

/** `text.format`. */
export function encodeFormat(format: ResponseFormat): JsonObject {
  switch (format.type) {
    case 'text':
      return { type: 'text' }
    case 'json':
      return { type: 'json_object' }
    case 'json-schema': {
      const encoded: Record<string, Json> = { type: 'json_schema', name: format.name }
      if (format.description !== undefined) encoded['description'] = format.description
      encoded['schema'] = format.schema
      if (format.strict !== undefined) encoded['strict'] = format.strict
      return encoded
    }
  }
}

/**
 * `reasoning`, without the vendor's own members. `isOwn`: the request came on this wire, so what it names is for the
 * vendor to judge; what another wire's caller asked of its own models goes to models that reason alone.
 */
export function encodeReasoning(
  reasoning: ReasoningOptions,
  {
    model,
    isOwn,
    warnings,
  }: { readonly model: string; readonly isOwn: boolean; readonly warnings: Warnings },
): JsonObject | undefined {
  const { summary, ...thought } = reasoning
  const effort = Object.keys(thought).length === 0 ? undefined : encodeEffort(thought, model, warnings)
  const encoded: Record<string, Json> = effort === undefined ? {} : { effort }
  const words = encodeSummary(summary)
  if (words !== undefined) {
    if (isOwn || takesReasoningEffort(model)) encoded['summary'] = words
    else warnings.unsupported('thinking')
  }
  return Object.keys(encoded).length === 0 ? undefined : encoded
}

/** Anthropic's two words: `omitted` is what the vendor does unasked, `summarized` is `auto`. */
function encodeSummary(summary: string | undefined): string | undefined {
  if (summary === 'omitted') return undefined
  return summary === 'summarized' ? 'auto' : summary
}
