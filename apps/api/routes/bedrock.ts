import type { AnyCallerWire } from '#contract'
import type { InferenceRoute } from '../context.ts'

/**
 * The paths of an Amazon Bedrock client, whose endpoint is the surface. The model's id stands in the path,
 * percent-encoded: it may hold `/` and `:`.
 */
export function bedrockRoutes(wire: AnyCallerWire): readonly InferenceRoute[] {
  const converse = { wire, operation: 'chat', ownProvider: 'bedrock', surface: 'bedrock' } as const
  return [
    {
      ...converse,
      path: '/bedrock/model/:id/converse',
      address: ({ params }) => ({ model: params['id'] ?? '', stream: false }),
    },
    {
      ...converse,
      path: '/bedrock/model/:id/converse-stream',
      address: ({ params }) => ({ model: params['id'] ?? '', stream: true }),
    },
  ]
}
