/** A method at a path, as the router takes it: `:name` is one segment, a last `*` is all that follows. */
export type ServedPath = { readonly method: string; readonly path: string }

/** The methods that are served at a request's path; none for a path that is not served. */
export type ServedMethods = (path: string) => readonly string[]

/** For requests that met no route; the router itself only knows that. */
export function servedMethods(routes: readonly ServedPath[]): ServedMethods {
  const exact = new Map<string, Set<string>>()
  const patterns: { readonly pattern: RegExp; readonly method: string }[] = []
  for (const { method, path } of routes) {
    if (/[:*]/.test(path)) patterns.push({ pattern: patternOf(path), method })
    else exact.set(path, (exact.get(path) ?? new Set()).add(method))
  }
  return (path) => {
    const methods = new Set(exact.get(path))
    for (const { pattern, method } of patterns) if (pattern.test(path)) methods.add(method)
    return [...methods]
  }
}

function patternOf(path: string): RegExp {
  const segments = path.split('/').map((segment) => {
    if (segment === '*') return '.+'
    return segment.startsWith(':') ? '[^/]+' : segment.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')
  })
  return new RegExp(`^${segments.join('/')}$`)
}
