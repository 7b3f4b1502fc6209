import type { IncomingMessage } from 'node:http'
import type { AnyCallerWire, ProviderId, SurfaceId } from '#contract'
import type { DirectRoute } from '../direct/route.ts'
import { filterModels, type ListedModel, readModelFilter } from '../models/list-models.ts'
import { anthropicModels, geminiModels, type ModelShape, openaiModels } from '../models/shapes.ts'
import type { Resolver } from '../plan.ts'

export type ModelRoutesOptions = {
  readonly models: readonly ListedModel[]
  /** Finds what a name means that is not in the list. */
  readonly resolve: Resolver
  readonly wires: Readonly<Record<'openai' | 'anthropic' | 'genai', AnyCallerWire>>
}

/** One prefix under which `/models` and `/models/{id}` are served. */
type Place = {
  readonly prefix: string
  readonly surface: SurfaceId
  readonly wire: AnyCallerWire
  readonly ownProvider: ProviderId
  shapeFor(request: IncomingMessage): ModelShape
}

/**
 * The models of all providers in the list shape of each SDK. At the root it is OpenAI's, and Anthropic's for whoever sends
 * `anthropic-version`, as that vendor's clients always do.
 */
export function modelRoutes(options: ModelRoutesOptions): readonly DirectRoute[] {
  const { openai, anthropic, genai } = options.wires
  const asOpenai = { wire: openai, ownProvider: 'openai', shapeFor: () => openaiModels }
  const asAnthropic = { wire: anthropic, ownProvider: 'anthropic', shapeFor: () => anthropicModels }
  const asGemini = { wire: genai, ownProvider: 'gemini', shapeFor: () => geminiModels }
  const byHeader = (request: IncomingMessage) =>
    request.headers['anthropic-version'] === undefined ? openaiModels : anthropicModels
  const places: readonly Place[] = [
    { ...asOpenai, prefix: '/openai/v1', surface: 'openai' },
    { ...asOpenai, prefix: '/openai', surface: 'openai' },
    { ...asOpenai, prefix: '/v1', surface: 'root', shapeFor: byHeader },
    { ...asAnthropic, prefix: '/anthropic/v1', surface: 'anthropic' },
    { ...asAnthropic, prefix: '/anthropic', surface: 'anthropic' },
    { ...asOpenai, prefix: '/cursor/v1', surface: 'cursor' },
    { ...asOpenai, prefix: '/cursor', surface: 'cursor' },
    { ...asGemini, prefix: '/genai/v1', surface: 'genai' },
    { ...asGemini, prefix: '/genai/v1beta', surface: 'genai' },
  ]
  return places.flatMap((place) => [listRoute(place, options), oneRoute(place, options)])
}

function listRoute(place: Place, { models }: ModelRoutesOptions): DirectRoute {
  return {
    ...commonOf(place),
    path: `${place.prefix}/models`,
    answer: ({ query }, request) =>
      place.shapeFor(request).page(filterModels(models, readModelFilter(query)), query),
  }
}

function oneRoute(place: Place, { models, resolve }: ModelRoutesOptions): DirectRoute {
  const byId = new Map(models.map((model) => [model.id, model]))
  return {
    ...commonOf(place),
    // An id may hold slashes, as they are or percent-encoded.
    path: `${place.prefix}/models/*`,
    answer({ params }, request) {
      const id = params['*'] ?? ''
      return place.shapeFor(request).one(byId.get(id) ?? named(id, resolve(id, place.ownProvider)))
    },
  }
}

/** A model that may be asked for, under the name by which it was asked for. */
function named(id: string, target: { readonly provider: string; readonly model: string }): ListedModel {
  return { id, provider: target.provider, name: target.model }
}

function commonOf({ surface, wire, ownProvider }: Place): Omit<DirectRoute, 'path' | 'answer'> {
  return { method: 'GET', surface, wire, ownProvider, operation: 'models' }
}
