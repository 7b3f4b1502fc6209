import { surfaceIds } from '#contract'

/** Prefixes of frameworks; each holds every surface's paths. */
const frameworks = 'langchain|litellm|pydanticai'
const surfaces = surfaceIds.map((id) => (id === 'root' ? 'v1' : id)).join('|')

const prefix = new RegExp(`^/(?:${frameworks})(?=/)`)
const prefixOfSurface = new RegExp(`^/(?:${frameworks})(?=/(?:${surfaces})(?:[/?]|$))`)

/** A path as it stands below a framework's prefix, if it has one. */
export function withinFramework(path: string): string {
  return path.replace(prefix, '')
}

/**
 * The URL that is routed. Every surface stands below every prefix, and nothing else does: the prefix is taken off a request
 * instead of registering each route four times, which took a quarter of the start and 20 MB.
 */
export function routedUrl(url: string): string {
  return url.replace(prefixOfSurface, '')
}
