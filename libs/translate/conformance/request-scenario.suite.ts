import type { ChatRequest, JsonObject, Message, Part, WireId } from '#contract'

/** Something that a caller may ask. Each is about one thing, so that what becomes of it can be told in a word. */
export type RequestScenario = {
  readonly name: string
  readonly request: ChatRequest
  /** What a caller of a wire writes, where the wire's own encoder would not write it so. */
  readonly bodies?: { readonly [wire in WireId]?: JsonObject }
  /** Whether a wire may answer 400: to what would lose its meaning. */
  readonly mayRefuse?: true
  /** Members that vendors' types do not know and that are passed on all the same. */
  readonly strangers?: readonly string[]
  /** Something that servers of a wire say and its vendor does not: it need not cross whole to the wire itself. */
  readonly dialect?: true
  /** What must stand in the provider's body as text, letter by letter. */
  readonly verbatim?: readonly string[]
}

export const hi: Message = { role: 'user', parts: [{ type: 'text', text: 'What is the weather in Paris?' }] }

/** A request that says `hi` and what is given. */
export function ask(members: Partial<ChatRequest> = {}): ChatRequest {
  return { model: 'the-model', stream: false, streamUsage: true, messages: [hi], sampling: {}, ...members }
}

export function user(...parts: readonly Part[]): Message {
  return { role: 'user', parts }
}

export function assistant(...parts: readonly Part[]): Message {
  return { role: 'assistant', parts }
}

export function say(text: string): Part {
  return { type: 'text', text }
}
