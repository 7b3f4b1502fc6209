import { authHeaders } from './auth.ts'
import { buildUrl, endpointPath } from './transport/build-url.ts'
import type { Endpoint, ProviderCredential, ProviderFacts } from './types.ts'

/** One request to a provider, but for where it goes and who asks. */
export type PrepareRequest = {
  readonly endpoint: Endpoint
  /** The model as the target names it. */
  readonly model: string
  readonly stream: boolean
  /** What follows the endpoint's path: from its `/` on, then `?` and the query; already percent-encoded. */
  readonly suffix?: string
  /** Lower case, without a credential. */
  readonly headers: Readonly<Record<string, string>>
  /** Absent where there is none, and where it is not known beforehand. */
  readonly body?: Uint8Array
  /** Absent for a provider that is asked without one. */
  readonly credential: ProviderCredential | undefined
}

/** Address and credential of one provider: both may hang on the key that was chosen. */
export type Connector = {
  /**
   * The address and all headers of a request. Rejects with GatewayError: `mismatch` where the provider has no address,
   * `not-implemented` for a scheme that this build cannot sign with.
   */
  prepare(
    request: PrepareRequest,
  ): Promise<{ readonly url: string; readonly headers: Record<string, string> }>
}

export function createConnector(options: {
  readonly facts: ProviderFacts
  /** The config's address; absent = the catalogue's. */
  readonly baseUrl: string | undefined
}): Connector {
  const { facts, baseUrl } = options
  return {
    async prepare({ endpoint, model, stream, suffix = '', headers, credential }) {
      return {
        url: buildUrl(facts, baseUrl, endpointPath(endpoint, { model, stream }) + suffix),
        headers: { ...headers, ...authHeaders(facts.auth, credential?.value) },
      }
    },
  }
}
