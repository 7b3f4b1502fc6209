import type { Operation, Quirks, Secret, WireId } from '#contract'

/** How a provider takes a key: `bearer` → `authorization`, the others → the header of that name. */
export type AuthScheme = 'bearer' | 'x-api-key' | 'x-goog-api-key' | 'api-key' | 'xi-api-key' | 'none'

/** Who signs requests where a key has no value of its own: an account of one of the three clouds. */
export type IdentityKind = Identity['type']

/** One way to ask a provider for an operation. */
export type Endpoint = {
  readonly wire: WireId
  /**
   * `{model}` stands for the model as the chosen key's account names it, `{project}`, `{region}` and `{apiVersion}` for
   * what the key says of its place; all percent-encoded.
   */
  readonly path: string
  /** Where streams are asked for at another path. */
  readonly streamPath?: string
  /**
   * Models whose name is a path at the vendor already, by pattern: what stands for the path up to `{model}`, in which the
   * name's slashes are kept.
   */
  readonly namedPaths?: Readonly<Record<string, string>>
  /** Patterns of the models that are asked here (`*` is any run of characters); absent = all. */
  readonly models?: readonly string[]
  /** Beside the provider's own. */
  readonly quirks?: Quirks
  /** Where this path takes a key otherwise than the provider's others. */
  readonly auth?: AuthScheme
  /** Beside the provider's own. */
  readonly headers?: Readonly<Record<string, string>>
  /** Beside these, where no stream is asked for. */
  readonly wholeHeaders?: Readonly<Record<string, string>>
  /** Where this path is, in the place of the vendor's own address; the config's and the key's win. */
  readonly baseUrl?: string
}

/** What the path or the host of a request may hang on. */
export type Place = {
  readonly region?: string
  readonly project?: string
  readonly apiVersion?: string
}

/** The members of a key in the config that say where its account is and who signs. */
export type KeyConfigMember =
  | 'azure_key_config'
  | 'bedrock_key_config'
  | 'vertex_key_config'
  | 'vllm_key_config'
  | 'ollama_key_config'
  | 'sgl_key_config'

/** Environment variables beside that of the key, by what they say; the first one that is set counts. */
export type KeyVariables = {
  readonly url?: readonly string[]
  readonly region?: readonly string[]
  readonly project?: readonly string[]
  readonly apiVersion?: readonly string[]
  /** Set when somebody may sign for this process: with none of them the environment alone configures no provider. */
  readonly identity?: readonly string[]
}

/** A vendor's plain data. */
export type ProviderFacts = {
  readonly id: string
  /** Origin (plus fixed prefix) without trailing slash or version; absent = the config must say. */
  readonly baseUrl?: string
  /** Addresses by pattern of the region, first match first; `{region}` is put in. Before `baseUrl`. */
  readonly regionalBaseUrls?: Readonly<Record<string, string>>
  readonly auth: AuthScheme
  /** True where a model is a deployment of the account: who names one by its deployment means this provider. */
  readonly deployments?: true
  /** Environment variable of the key. */
  readonly environmentVariable?: string
  readonly variables?: KeyVariables
  /** Which member of a key in the config is this provider's. */
  readonly keyConfig?: KeyConfigMember
  /** Who may sign where a key has no value. */
  readonly identity?: IdentityKind
  /** The name under which the vendor's signatures know its service. */
  readonly signingService?: string
  /** What a key must say of its place, by the name that the config has for it. */
  readonly needs?: { readonly [member in keyof Place]?: string }
  /** Used where neither the key nor the environment says. */
  readonly place?: Place
  /** Best first; a caller's own wire is preferred where it is among them. */
  readonly operations: { readonly [operation in Operation]?: readonly Endpoint[] }
  /** Sent with every request, for example `anthropic-version` (the caller's own value wins). */
  readonly headers?: Readonly<Record<string, string>>
  readonly quirks?: Quirks
  /** True when the provider can be used without any key. */
  readonly keyOptional?: boolean
}

/** An account that signs requests or buys tokens for them. What is absent is looked for on the machine. */
export type Identity =
  | {
      readonly type: 'aws'
      /** Absent = the default chain of the vendor's SDK: environment, profile, container, instance. */
      readonly keys?: {
        readonly accessKeyId: string
        readonly secretAccessKey: Secret
        readonly sessionToken?: Secret
      }
      /** Taken on with the credentials above. */
      readonly role?: { readonly arn: string; readonly externalId?: string; readonly sessionName?: string }
    }
  | {
      readonly type: 'google'
      /** The JSON of a service account or of another credential; absent = application default credentials. */
      readonly credentials?: Secret
    }
  | {
      readonly type: 'entra'
      /** Absent = the machine's own: managed identity, workload identity, environment. */
      readonly client?: {
        readonly tenantId: string
        readonly clientId: string
        readonly clientSecret: Secret
      }
      readonly scopes?: readonly string[]
    }

/** What a provider is asked with, and where that is valid. */
export type ProviderCredential = {
  /** Of the key, for messages. */
  readonly name?: string
  /** Empty where there is none. */
  readonly value: Secret
  /** Asked instead of `value` where that is empty. */
  readonly identity?: Identity
  /** The server or resource that this key opens; absent = the provider's address. */
  readonly url?: string
  readonly place?: Place
  /** The model as callers name it → as the key's account names it: a deployment, an inference profile. */
  readonly aliases?: Readonly<Record<string, string>>
}

/** One HTTP request to a provider. */
export type UpstreamRequest = {
  /** Absent = POST. */
  readonly method?: 'GET' | 'POST' | 'DELETE' | 'PUT' | 'PATCH' | undefined
  /** Absolute URL: config's or the catalogue's address plus the endpoint's path. */
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  /**
   * Absent for a request without one. What is iterated goes up in pieces as the provider takes them, its length unsaid
   * unless a `content-length` says it; an error that it throws ends the request and is what `send` or the answer's body rejects with.
   */
  readonly body?: Uint8Array | AsyncIterable<Uint8Array> | undefined
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
