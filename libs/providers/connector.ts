import { addressOf } from './address.ts'
import { authHeaders } from './auth.ts'
import { createSigner } from './identity/create-signer.ts'
import { createTokenClient, type TokenClient } from './identity/token-client.ts'
import type { Endpoint, ProviderCredential, ProviderFacts, TransportOptions } from './types.ts'

/** One request to a provider, but for where it goes and who asks. */
export type PrepareRequest = {
  readonly endpoint: Endpoint
  /** The model as the target names it. */
  readonly model: string
  readonly stream: boolean
  /** Absent = POST. */
  readonly method?: string | undefined
  /** What follows the endpoint's path: from its `/` on, then `?` and the query; already percent-encoded. */
  readonly suffix?: string | undefined
  /** Lower case, without a credential. */
  readonly headers: Readonly<Record<string, string>>
  /** The bytes that are sent; a signature may be over them. Absent where there are none or they are not known beforehand. */
  readonly body?: Uint8Array | undefined
  /** Absent for a provider that is asked without one. */
  readonly credential: ProviderCredential | undefined
}

/** Address and credential of one provider: both may hang on the key that was chosen. */
export type Connector = {
  /**
   * The address and all headers of a request: at once, unless they have to be signed. Throws or rejects with GatewayError:
   * `mismatch` where the provider has no address, `unauthenticated` or `upstream-unreachable` where nobody signs for it.
   */
  prepare(request: PrepareRequest): Way | Promise<Way>
  /** Drops the connections to token endpoints. */
  close(): Promise<void>
}

/** Where a request goes, and all of its headers. */
export type Way = { readonly url: string; readonly headers: Record<string, string> }

const nothing = new Uint8Array(0)

export function createConnector(options: {
  readonly facts: ProviderFacts
  /** The config's address; absent = the catalogue's. */
  readonly baseUrl: string | undefined
  /** How token endpoints are reached: by the provider's own proxy and CA. */
  readonly network?: TransportOptions
  /** For tests; absent = one over `network`. */
  readonly tokenClient?: TokenClient
  /** Epoch milliseconds; absent = Date.now. */
  readonly nowMs?: () => number
}): Connector {
  const { facts, baseUrl } = options
  const tokenClient = options.tokenClient ?? createTokenClient(options.network)
  const sign = createSigner({ facts, tokenClient, nowMs: options.nowMs ?? Date.now })
  return {
    prepare(request) {
      const { endpoint, credential } = request
      const { model, stream, suffix } = request
      const url = addressOf({ facts, baseUrl, endpoint, model, stream, suffix, credential })
      const own = authHeaders(endpoint.auth ?? facts.auth, credential?.value)
      const headers = { ...request.headers, ...own }
      const identity = credential?.identity
      if (identity === undefined || Object.keys(own).length > 0) return { url, headers }
      const place = { ...facts.place, ...credential?.place }
      const { method = 'POST', body = nothing } = request
      return sign(identity, { method, url, headers, body, place }).then((signed) => ({
        url,
        headers: signed,
      }))
    },
    close: () => tokenClient.close(),
  }
}
