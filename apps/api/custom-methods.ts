import type { InferenceRoute } from './context.ts'

/*
 * Google's custom methods (https://google.aip.dev/136): `…/models/*:generateContent`. The name before the colon may hold
 * slashes, percent-encoded or not (`openai/gpt-4o`), and the router's wildcards stand at the end of a path alone, so all
 * methods of one collection are one route, told apart by what follows the last colon.
 */

const customMethod = /^(.+\/\*):(\w+)$/

export type CustomMethods = {
  /** For the router: ends in `*`. */
  readonly path: string
  /** The row of a name with its method, as the wildcard matched it, and that name alone. */
  find(rest: string): { readonly route: InferenceRoute; readonly name: string } | undefined
}

export function isCustomMethod({ path }: InferenceRoute): boolean {
  return customMethod.test(path)
}

/** The rows whose paths are custom methods, by collection. */
export function groupCustomMethods(routes: readonly InferenceRoute[]): readonly CustomMethods[] {
  const collections = new Map<string, Map<string, InferenceRoute>>()
  for (const route of routes) {
    const [, path, method] = customMethod.exec(route.path) ?? []
    if (path === undefined || method === undefined) continue
    const rows = collections.get(path) ?? new Map<string, InferenceRoute>()
    collections.set(path, rows.set(method, route))
  }
  return [...collections].map(([path, rows]) => ({
    path,
    find(rest) {
      const colon = rest.lastIndexOf(':')
      const route = colon < 0 ? undefined : rows.get(rest.slice(colon + 1))
      return route === undefined ? undefined : { route, name: rest.slice(0, colon) }
    },
  }))
}
