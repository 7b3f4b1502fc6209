import type { AnyCallerWire } from '#contract'
import type { InferenceRoute } from '../context.ts'

/** The paths of a Cohere client, which adds `/v2` itself. */
export function cohereRoutes(wire: AnyCallerWire): readonly InferenceRoute[] {
  const chat = { wire, operation: 'chat', ownProvider: 'cohere' } as const
  return [{ ...chat, path: '/cohere/v2/chat', surface: 'cohere' }]
}
