import type { JsonObject, Warning } from '#contract'
import { chatFromResponses } from './from-responses.ts'
import { normalizeMessages, thoughtsIn } from './messages.ts'
import { normalizeToolChoice, normalizeTools } from './tools.ts'

/** A body of Chat Completions, and what of the caller's has no place in it. */
export type CursorChat = { readonly body: JsonObject; readonly warnings: readonly Warning[] }

/**
 * Cursor asks for Chat Completions and reads its answers, but writes three kinds of bodies: those of the Responses API
 * (agent mode: `input`, flat tools), those of chat with a flat tool among the others, and, for models with `claude` in
 * their names, those of chat with Anthropic's blocks and tools inside (BerriAI/litellm#34029,
 * router-for-me/CLIProxyAPI#3805). All of them are put into the one shape; a body that is in it already is returned as it is.
 * Throws `invalid-request` naming the member.
 */
export function cursorChat(body: JsonObject): CursorChat {
  if (body['input'] !== undefined && body['messages'] === undefined) return chatFromResponses(body)
  const changes: Record<string, JsonObject[string]> = {}
  const set = (name: string, value: JsonObject[string]) => {
    if (value !== body[name]) changes[name] = value
  }
  set('messages', normalizeMessages(body['messages'], body['system']))
  set('tools', normalizeTools(body['tools']))
  set('tool_choice', normalizeToolChoice(body['tool_choice']))
  if (Object.keys(changes).length === 0) return { body, warnings: [] }
  const { system: _first, ...others } = body
  return { body: { ...others, ...changes }, warnings: thoughtsIn(body['messages']) }
}
