import type { Operation, Quirks, Secret, WireId } from '#contract'

/** How a provider takes its credential: `bearer` → `authorization`, the others → the header of that name. */
export type AuthScheme =
  | 'bearer'
  | 'x-api-key'
  | 'x-goog-api-key'
  | 'api-key'
  | 'xi-api-key'
  | 'sigv4'
  | 'google-oauth'
  | 'none'

/** One way to ask a provider for an operation. `{model}` in a path stands for the model's name, percent-encoded. */
export type Endpoint = {
  readonly wire: WireId
  readonly path: string
  /** Where streams are asked for at another path. */
  readonly streamPath?: string
  /** Pattern of the models that are asked here (`*` is any run of characters); absent = all. */
  readonly models?: string
  /** Beside the provider's own. */
  readonly quirks?: Quirks
}

/** A vendor's plain data. */
export type ProviderFacts = {
  readonly id: string
  /** Origin (plus fixed prefix) without trailing slash or version; absent = the config must say. */
  readonly baseUrl?: string
  readonly auth: AuthScheme
  /** Environment variable of the key. */
  readonly environmentVariable?: string
  /** Best first; a caller's own wire is preferred where it is among them. */
  readonly operations: { readonly [operation in Operation]?: readonly Endpoint[] }
  /** Sent with every request, for example `anthropic-version` (the caller's own value wins). */
  readonly headers?: Readonly<Record<string, string>>
  readonly quirks?: Quirks
  /** True when the provider can be used without any key. */
  readonly keyOptional?: boolean
}

/** What a provider is asked with. */
export type ProviderCredential = { readonly value: Secret }

/** One HTTP request to a provider. */
export type UpstreamRequest = {
  /** Absent = POST. */
  readonly method?: 'GET' | 'POST' | 'DELETE' | 'PUT' | 'PATCH'
  /** Absolute URL: config's or the catalogue's address plus the endpoint's path. */
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  /**
   * Absent for a request without one. What is iterated goes up in pieces as the provider takes them, its length unsaid
   * unless a `content-length` says it; an error that it throws ends the request and is what `send` or the answer's body rejects with.
   */
  readonly body?: Uint8Array | AsyncIterable<Uint8Array>
  readonly signal: AbortSignal
}

/** A provider's answer: headers lower case, body as it arrives. Not consuming the body to its end closes the socket. */
export type UpstreamResponse = {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: AsyncIterable<Uint8Array>
}

/** Connection settings of one provider. */
export type TransportOptions = {
  readonly connectTimeoutMs: number
  readonly caCertPem?: string | undefined
  readonly insecureSkipVerify?: boolean
  readonly proxyUrl?: Secret | undefined
}

/**
 * Sends requests of one provider over one pool per origin.
 * `send` rejects with GatewayError: `upstream-unreachable` when no byte of the request was written (`dns_failed`,
 * `connection_refused`, `connect_timeout`, `tls_failed`), `upstream-failed` (`upstream_connection_lost`) when the
 * socket closed after that, or with the signal's reason when it was aborted. The body iterator rejects in the same way.
 */
export type Transport = {
  send(request: UpstreamRequest): Promise<UpstreamResponse>
  close(): Promise<void>
}
