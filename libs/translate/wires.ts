import type { AnyCallerWire, AnyProviderWire, ChatWire, WireId } from '#contract'
import { anthropicMessages } from './wires/anthropic-messages/index.ts'
import { bedrockConverse } from './wires/bedrock-converse/index.ts'
import { cohereV2 } from './wires/cohere-v2/index.ts'
import { geminiGenerate } from './wires/gemini-generate/index.ts'
import { openaiChat } from './wires/openai-chat/index.ts'
import { openaiCompletions } from './wires/openai-completions/index.ts'
import { openaiResponses } from './wires/openai-responses/index.ts'
import { passthroughWires } from './wires/passthrough/index.ts'

/** The chat wires of this build that are spoken both ways. */
const chatWires: { readonly [id in WireId]?: ChatWire } = {
  'openai-chat': openaiChat,
  'openai-responses': openaiResponses,
  'anthropic-messages': anthropicMessages,
  'gemini-generate': geminiGenerate,
  'bedrock-converse': bedrockConverse,
  'cohere-v2': cohereV2,
}

/** Wires that callers alone speak to us. */
const callerWires: { readonly [id in WireId]?: AnyCallerWire } = {
  ...passthroughWires,
  'openai-completions': openaiCompletions,
}

/** The chat wire of that id; `undefined` for one that this build does not speak both ways. */
export function chatWireOf(id: WireId): ChatWire | undefined {
  return chatWires[id]
}

/** The wire of that id as callers speak it to us; `undefined` for one that this build does not speak yet. */
export function callerWireOf(id: WireId): AnyCallerWire | undefined {
  return chatWires[id] ?? callerWires[id]
}

/** The wire of that id as we speak it to providers; `undefined` for one that this build does not speak yet. */
export function providerWireOf(id: WireId): AnyProviderWire | undefined {
  return chatWires[id]
}

/** The chat wires that are spoken both ways. */
export function allChatWires(): readonly ChatWire[] {
  return Object.values(chatWires)
}
