import type { AnyCallerWire, AnyProviderWire, ChatWire, WireId } from '#contract'
import { anthropicMessages } from './wires/anthropic-messages/index.ts'
import { openaiChat } from './wires/openai-chat/index.ts'
import { openaiResponses } from './wires/openai-responses/index.ts'
import { passthroughWires } from './wires/passthrough/index.ts'

/** The chat wires of this build that are spoken both ways. */
const chatWires: { readonly [id in WireId]?: ChatWire } = {
  'openai-chat': openaiChat,
  'openai-responses': openaiResponses,
  'anthropic-messages': anthropicMessages,
}

/** The chat wire of that id; `undefined` for one that this build does not speak both ways. */
export function chatWireOf(id: WireId): ChatWire | undefined {
  return chatWires[id]
}

/** The wire of that id as callers speak it to us; `undefined` for one that this build does not speak yet. */
export function callerWireOf(id: WireId): AnyCallerWire | undefined {
  return chatWires[id] ?? passthroughWires[id]
}

/** The wire of that id as we speak it to providers; `undefined` for one that this build does not speak yet. */
export function providerWireOf(id: WireId): AnyProviderWire | undefined {
  return chatWires[id]
}

/** The chat wires that are spoken both ways. */
export function allChatWires(): readonly ChatWire[] {
  return Object.values(chatWires)
}
