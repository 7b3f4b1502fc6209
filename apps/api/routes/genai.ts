import type { AnyCallerWire } from '#contract'
import type { InferenceRoute } from '../context.ts'

/**
 * The paths of a Google GenAI client, which adds the version and `models/` itself, or leaves both to a tuned model's
 * name. The version means nothing: newer clients say `v1`, older ones `v1beta`, for the same requests.
 */
export function genaiRoutes(wire: AnyCallerWire): readonly InferenceRoute[] {
  return ['v1', 'v1beta'].flatMap((version) =>
    collections.flatMap(({ path, prefix }) =>
      methods.map((method) => row(wire, { version, path, prefix, method })),
    ),
  )
}

/** Where a model's name stands in a URL, and what the URL leaves out of it. */
export const collections = [
  { path: 'models', prefix: '' },
  { path: 'tunedModels', prefix: 'tunedModels/' },
] as const

const methods = ['generateContent', 'streamGenerateContent'] as const

function row(
  wire: AnyCallerWire,
  place: {
    readonly version: string
    readonly path: string
    readonly prefix: string
    readonly method: (typeof methods)[number]
  },
): InferenceRoute {
  const { method, prefix } = place
  const stream = method === 'streamGenerateContent'
  return {
    wire,
    operation: 'chat',
    ownProvider: 'gemini',
    surface: 'genai',
    path: `/genai/${place.version}/${place.path}/*:${method}`,
    address: ({ params, query }) => {
      const model = prefix + (params['*'] ?? '')
      // Without `alt=sse` the answers of a stream are the items of one array.
      const isArray = stream && query.get('alt') !== 'sse'
      return isArray ? { model, stream, streamFormat: 'json-array' } : { model, stream }
    },
  }
}
