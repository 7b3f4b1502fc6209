import type { AnyCallerWire } from '#contract'
import type { InferenceRoute } from '../context.ts'

/** Creating a response; what becomes of one later is a resource. */
export function responsesRoutes(wire: AnyCallerWire): readonly InferenceRoute[] {
  const create = { wire, operation: 'chat', ownProvider: 'openai' } as const
  return [
    { ...create, path: '/openai/v1/responses', surface: 'openai' },
    { ...create, path: '/openai/responses', surface: 'openai' },
    { ...create, path: '/v1/responses', surface: 'root' },
  ]
}

/** The paths of an OpenAI client: its base URL is the surface with or without `/v1`, or the root. */
export function openaiRoutes(wire: AnyCallerWire, completionsWire: AnyCallerWire): readonly InferenceRoute[] {
  const chat = { wire, operation: 'chat', ownProvider: 'openai' } as const
  const completions = { ...chat, wire: completionsWire }
  return [
    { ...chat, path: '/openai/v1/chat/completions', surface: 'openai' },
    { ...chat, path: '/openai/chat/completions', surface: 'openai' },
    { ...chat, path: '/v1/chat/completions', surface: 'root' },
    { ...completions, path: '/openai/v1/completions', surface: 'openai' },
    { ...completions, path: '/openai/completions', surface: 'openai' },
    { ...completions, path: '/v1/completions', surface: 'root' },
  ]
}
