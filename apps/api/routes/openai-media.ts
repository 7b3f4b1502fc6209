import type { AnyCallerWire, SurfaceId, WireId } from '#contract'
import type { ContentKind, InferenceRoute } from '../context.ts'

/** The prefixes of an OpenAI client. */
const prefixes: readonly (readonly [string, SurfaceId])[] = [
  ['/openai/v1', 'openai'],
  ['/openai', 'openai'],
  ['/v1', 'root'],
]

/** What is passed on as it is: path, wire, and the kinds of body. */
const rows: readonly (readonly [string, WireId, readonly ContentKind[]])[] = [
  ['/images/generations', 'openai-images', ['json']],
  ['/images/edits', 'openai-image-edits', ['form', 'json']],
  ['/images/variations', 'openai-image-variations', ['form']],
  ['/audio/speech', 'openai-speech', ['json']],
  ['/audio/transcriptions', 'openai-transcriptions', ['form']],
  ['/audio/translations', 'openai-translations', ['form']],
  ['/responses/compact', 'openai-compact', ['json']],
  ['/moderations', 'openai-moderations', ['json']],
]

/** OpenAI's images, audio, moderations and compaction of conversations, for providers that speak them. */
export function openaiMediaRoutes(wireOf: (id: WireId) => AnyCallerWire): readonly InferenceRoute[] {
  return rows.flatMap(([path, id, accepts]) => {
    const wire = wireOf(id)
    return prefixes.map(([prefix, surface]) => ({
      path: prefix + path,
      surface,
      wire,
      operation: wire.operation,
      ownProvider: 'openai',
      passthrough: { accepts },
    }))
  })
}
