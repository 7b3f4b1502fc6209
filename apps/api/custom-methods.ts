import type { InferenceRoute } from './context.ts'

/*
 * Paths with a name in their middle that may hold slashes, percent-encoded or not (`openai/gpt-4o`): Google's custom methods
 * (`…/models/NAME:generateContent`, https://google.aip.dev/136) and Azure's deployments (`…/deployments/NAME/embeddings`).
 * The router's wildcards stand at the end of a path alone, so all rows of one collection are one route, told apart by
 * what follows the name.
 */

const customMethod = /^(.+\/\*)([:/].+)$/

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
  return [...collections].map(([path, rows]) => {
    // The longest first: `/chat/completions` ends in `/completions`, too.
    const methods = [...rows].sort(([one], [other]) => other.length - one.length)
    return {
      path,
      find(rest) {
        const found = methods.find(([method]) => rest.endsWith(method))
        return found && { route: found[1], name: rest.slice(0, -found[0].length) }
      },
    }
  })
}
