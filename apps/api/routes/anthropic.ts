import type { AnyCallerWire } from '#contract'
import type { InferenceRoute } from '../context.ts'

/** The paths of an Anthropic client, which adds `/v1` itself. A query (`?beta=true`) is accepted and means nothing. */
export function anthropicRoutes(wire: AnyCallerWire): readonly InferenceRoute[] {
  const messages = { wire, operation: 'chat', ownProvider: 'anthropic' } as const
  return [
    { ...messages, path: '/anthropic/v1/messages', surface: 'anthropic' },
    { ...messages, path: '/anthropic/messages', surface: 'anthropic' },
    { ...messages, path: '/v1/messages', surface: 'root' },
  ]
}
