import { type CallerWire, type ChatWire, GatewayError, type Warning, type WireId } from '#contract'
import { allChatWires, callerWireOf } from '../wires.ts'
import type { Difference } from './difference.suite.ts'
import { reasoningUnsaid } from './request-differences.suite.ts'

/**
 * What became of one scenario between two wires: nothing lost, something told in a warning, a 400, or nothing to carry
 * because the sender's wire cannot say it. `problems` is what must not be: silence, false alarms, bodies that the
 * vendor would refuse.
 */
export type Outcome = {
  readonly kind: 'whole' | 'warning' | 'refused' | 'unsayable'
  readonly warnings: readonly Warning[]
  readonly problems: readonly string[]
}

/** The wires that are spoken both ways. */
export const wires: readonly ChatWire[] = allChatWires()

/** A wire that callers alone speak: its requests are written by hand, its answers are checked against its types. */
export function callersOnly(): readonly CallerWire[] {
  const legacy = callerWireOf('openai-completions')
  return legacy === undefined ? [] : [legacy as CallerWire]
}

/** What a caller names: a model of whom nothing is known, or one that takes the most. */
const callerModels: { readonly [wire in WireId]?: string } = {
  'openai-chat': 'gpt-6-astra',
  'openai-responses': 'gpt-6-astra',
  'anthropic-messages': 'claude-3-7-sonnet',
  'gemini-generate': 'gemini-2.5-pro',
  'bedrock-converse': 'anthropic.claude-3-7-sonnet-20250219-v1:0',
  'cohere-v2': 'command-a-reasoning-08-2025',
}
/** Models of a provider that take different things: the one that takes most comes first. */
const providerModels: { readonly [wire in WireId]?: readonly string[] } = {
  'openai-chat': ['gpt-6-astra', 'gpt-4o'],
  'openai-responses': ['gpt-6-astra', 'gpt-4o'],
  'anthropic-messages': ['claude-3-7-sonnet', 'claude-opus-5'],
  'gemini-generate': ['gemini-2.5-pro', 'gemini-3-pro'],
  'bedrock-converse': ['anthropic.claude-3-7-sonnet-20250219-v1:0', 'amazon.nova-pro-v1:0'],
  'cohere-v2': ['command-a-reasoning-08-2025'],
}

/** Models that never reason, and models that always do: to ask them for that goes without saying. */
const neverReasons: ReadonlySet<string> = new Set(['amazon.nova-pro-v1:0', 'gpt-4o'])
const alwaysReasons: ReadonlySet<string> = new Set(['gemini-3-pro'])

/** Whether a difference is none for this model. */
export function goesWithoutSaying({ what }: Difference, model: string): boolean {
  if (what === reasoningUnsaid(true)) return alwaysReasons.has(model)
  return what === reasoningUnsaid(false) && neverReasons.has(model)
}

export const callerModelOf = (wire: WireId) => callerModels[wire] ?? 'the-model'
export const providerModelsOf = (wire: WireId) => providerModels[wire] ?? ['the-model']

/** A value as it looks after it went through the queue or over the network. */
export function overTheWire<T>(value: T): T {
  return JSON.parse(JSON.stringify(value)) as T
}

/** The error of a wire that refuses; anything else is a fault. */
export function asRefusal(error: unknown): GatewayError {
  if (GatewayError.is(error) && error.kind === 'invalid-request') return error
  throw error
}
