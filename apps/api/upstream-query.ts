/** Some SDKs send the caller's key in the query. */
const credentialNames = /^(?:key|api[-_]?key|access_token)$/i

/** The caller's query as it goes up, `?` not included: pair by pair as it came, but for credentials. */
export function upstreamQuery(
  url: string | undefined,
  route: { readonly ignoresApiVersion?: true } = {},
): string {
  const [, query = ''] = url?.split('?', 2) ?? []
  const goesUp = (name: string) =>
    !credentialNames.test(name) && !(route.ignoresApiVersion === true && name === 'api-version')
  return query
    .split('&')
    .filter((pair) => goesUp(decodeName(pair.split('=', 1)[0] ?? '')))
    .join('&')
}

function decodeName(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
