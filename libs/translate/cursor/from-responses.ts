import type { ChatRequest, Json, JsonObject, Message, Part, Tool } from '#contract'
import { asObject } from '../narrow.ts'
import { openaiChat } from '../wires/openai-chat/index.ts'
import { openaiResponses } from '../wires/openai-responses/index.ts'
import type { CursorChat } from './index.ts'
import { customTool, normalizeToolChoice } from './tools.ts'

/** A body of the Responses API as one of chat: over the canonical model, but for the tools that only OpenAI has. */
export function chatFromResponses(body: JsonObject): CursorChat {
  const { request, warnings } = openaiResponses.decodeRequest(withPlainOutputs(body))
  const { reasoning, ...rest } = request
  const wanted: ChatRequest = {
    ...rest,
    messages: request.messages.map(withCustomCalls),
    ...(request.tools !== undefined && { tools: request.tools.map(withCustomTool) }),
    ...(request.toolChoice?.type === 'opaque' && {
      toolChoice: { ...request.toolChoice, ...asChat(normalizeToolChoice(request.toolChoice.value)) },
    }),
  }
  const encoded = openaiChat.encodeRequest(wanted, { model: request.model, quirks: {} })
  // Who is asked is not known yet, and so not whether it takes an effort.
  const effort = reasoning?.effort === undefined ? {} : { reasoning_effort: reasoning.effort }
  const fallbacks = body['fallbacks'] === undefined ? {} : { fallbacks: body['fallbacks'] }
  return {
    body: { ...encoded.body, ...effort, ...fallbacks },
    warnings: [...warnings, ...encoded.warnings],
  }
}

function asChat(value: Json | undefined) {
  return value === undefined ? {} : { wire: 'openai-chat' as const, value }
}

/** The output of a custom tool is the output of a tool. */
function withPlainOutputs(body: JsonObject): JsonObject {
  const { input } = body
  if (!Array.isArray(input)) return body
  const items = input.map((item: Json) => {
    const object = asObject(item)
    return object?.['type'] === 'custom_tool_call_output' ? { ...object, type: 'function_call_output' } : item
  })
  return { ...body, input: items }
}

function withCustomCalls(message: Message): Message {
  return { ...message, parts: message.parts.map(withCustomCall) }
}

function withCustomCall(part: Part): Part {
  const call = part.type === 'opaque' ? asObject(part.value) : undefined
  if (call?.['type'] !== 'custom_tool_call') return part
  const { call_id = '', name = '', input = '' } = call
  const value = { id: call_id, type: 'custom', custom: { name, input } }
  return { type: 'opaque', wire: 'openai-chat', value }
}

function withCustomTool(tool: Tool): Tool {
  const value = tool.type === 'opaque' ? asObject(tool.value) : undefined
  if (value?.['type'] !== 'custom') return tool
  return { type: 'opaque', wire: 'openai-chat', value: customTool(value) }
}
