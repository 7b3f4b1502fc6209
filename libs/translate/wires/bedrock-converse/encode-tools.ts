import type { ChatRequest, FunctionTool, Json, JsonObject, Tool } from '#contract'
import { warnOfForeign } from '../../foreign-extensions.ts'
import { invalidRequest } from '../../invalid-request.ts'
import { asList, asObject, asText } from '../../narrow.ts'
import type { Warnings } from '../../warnings.ts'
import { encodeCachePoint } from './cache-point.ts'
import type { ModelTraits } from './model-traits.ts'
import type { AnswerTool } from './structured-output.ts'

/*
 * `toolConfig`.
 *
 *   tools are given                     they are defined, each cache mark behind its tool
 *   none may be called (`none`)         no toolConfig; the vendor has no such choice (`changed`)
 *   none are given, or none may be      "The toolConfig field must be defined when using toolUse and toolResult content
 *   called, but the conversation holds  blocks": the tools given, else those that were called, as names (`changed`)
 *   calls
 *   an answer in a form, by a tool      that tool beside them: alone it must be called, with others any must be; where
 *                                       the model cannot be made to, it may be
 */

export type ToolConfigOptions = {
  readonly request: ChatRequest
  readonly messages: readonly JsonObject[]
  readonly traits: ModelTraits
  readonly answerTool: AnswerTool | undefined
  /** Thinking excludes a forced tool. */
  readonly thinking: boolean
  readonly warnings: Warnings
}

export function encodeToolConfig(options: ToolConfigOptions): JsonObject | undefined {
  const { request, messages, answerTool, warnings } = options
  const called = calledTools(messages)
  const none = request.toolChoice?.type === 'none'
  const given = none && called === undefined ? [] : encodeTools(request.tools ?? [], options)
  if (none && (request.tools ?? []).length > 0) warnings.changed('tool_choice')
  const tools = [...given]
  if (!tools.some((tool) => tool['toolSpec'] !== undefined) && called !== undefined) {
    warnings.changed('tools')
    tools.unshift(...called.map((name) => toolSpec({ name, inputSchema: { json: emptySchema } })))
  }
  const callable = tools.length > 0 && !none
  if (answerTool !== undefined) {
    const { name, description, schema } = answerTool
    tools.push(toolSpec({ name, description, inputSchema: { json: schema } }))
  }
  if (tools.length === 0) return undefined
  const choice =
    answerTool === undefined
      ? encodeChoice(request, warnings)
      : forcedChoice(answerTool.name, { ...options, callable })
  const own = asObject(request.extensions?.['bedrock-converse']?.['toolConfig'])
  return { tools, ...(choice !== undefined && { toolChoice: choice }), ...own }
}

const emptySchema: JsonObject = { type: 'object', properties: {} }

function toolSpec(spec: JsonObject): JsonObject {
  return { toolSpec: spec }
}

/** Names of the tools that the conversation calls; `undefined` where it holds neither calls nor results. */
function calledTools(messages: readonly JsonObject[]): readonly string[] | undefined {
  const blocks = messages.flatMap((message) => (asList(message['content']) ?? []) as readonly JsonObject[])
  const names = blocks.flatMap((block) => asText(asObject(block['toolUse'])?.['name']) ?? [])
  if (names.length > 0) return [...new Set(names)]
  return blocks.some((block) => block['toolResult'] !== undefined) ? ['tool'] : undefined
}

function encodeTools(tools: readonly Tool[], options: ToolConfigOptions): readonly JsonObject[] {
  const { warnings } = options
  const encoded: JsonObject[] = []
  for (const [index, tool] of tools.entries()) {
    if (tool.type === 'function') {
      const path = `tools[${index}]`
      encoded.push(encodeTool(tool, path, warnings))
      if (tool.cache === undefined) continue
      encoded.push(...encodeCachePoint(tool.cache, { ...options, path, place: 'tools' }))
    } else if (tool.wire === 'bedrock-converse') encoded.push(tool.value as JsonObject)
    else warnings.unsupported(`tools[${index}]`)
  }
  return encoded
}

/** https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ToolSpecification.html */
const toolName = /^[a-zA-Z0-9_-]{1,64}$/

function encodeTool(tool: FunctionTool, path: string, warnings: Warnings): JsonObject {
  if (!toolName.test(tool.name)) {
    throw invalidRequest(
      `${path}.name`,
      `${path}.name is no name that Amazon Bedrock takes; use 1 to 64 letters, digits, "_" and "-".`,
      'invalid_value',
    )
  }
  const carried = tool.cache === undefined ? [] : ['cache_control', 'prompt_cache_breakpoint']
  warnOfForeign(tool.extensions, { own: 'bedrock-converse', warnings, path: `${path}.`, carried })
  const spec: Record<string, Json | undefined> = { name: tool.name }
  // "Valid length: minimum 1": an empty description says nothing.
  if (tool.description !== undefined && tool.description !== '') spec['description'] = tool.description
  spec['inputSchema'] = { json: encodeSchema(tool.schema) }
  if (tool.strict !== undefined) spec['strict'] = tool.strict
  return toolSpec({ ...spec, ...tool.extensions?.['bedrock-converse'] })
}

/** A schema is required here and is an object's: a tool without parameters has an empty one. */
function encodeSchema(schema: JsonObject | undefined): JsonObject {
  if (schema === undefined) return emptySchema
  return schema['type'] === undefined ? { type: 'object', ...schema } : schema
}

function encodeChoice({ toolChoice }: ChatRequest, warnings: Warnings): JsonObject | undefined {
  switch (toolChoice?.type) {
    case 'auto':
      return { auto: {} }
    case 'required':
      return { any: {} }
    case 'function':
      return { tool: { name: toolChoice.name } }
    case 'opaque':
      if (toolChoice.wire === 'bedrock-converse') return toolChoice.value as JsonObject
      warnings.unsupported('tool_choice')
      return undefined
    default:
      return undefined
  }
}

/** How a model is made to answer by the tool. */
function forcedChoice(
  name: string,
  options: ToolConfigOptions & { readonly callable: boolean },
): JsonObject | undefined {
  options.warnings.changed('response_format')
  if (!options.traits.forcedTool || options.thinking) return undefined
  return options.callable ? { any: {} } : { tool: { name } }
}
