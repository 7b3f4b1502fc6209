import type { ChatWire, WireId } from '#contract'
import { anthropicMessages } from './wires/anthropic-messages/index.ts'
import { openaiChat } from './wires/openai-chat/index.ts'

/** The wires of this build. One that is named in the contract and absent here is not spoken yet. */
const wires: { readonly [id in WireId]?: ChatWire } = {
  'openai-chat': openaiChat,
  'anthropic-messages': anthropicMessages,
}

/** The wire of that id; `undefined` for one that this build does not speak yet. */
export function wireOf(id: WireId): ChatWire | undefined {
  return wires[id]
}
