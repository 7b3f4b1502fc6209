/** Prefixes of frameworks; each holds every surface's paths. */
const frameworks = ['langchain', 'litellm', 'pydanticai'] as const

/** The routes, and each of them again below every framework's prefix. */
export function withFrameworks<Route extends { readonly path: string }>(
  routes: readonly Route[],
): readonly Route[] {
  return [
    ...routes,
    ...frameworks.flatMap((framework) =>
      routes.map((route) => ({ ...route, path: `/${framework}${route.path}` })),
    ),
  ]
}
