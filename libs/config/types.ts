import type { Secret } from '#contract'
import type { CustomProvider, ProviderCredential } from '#providers/catalogue'

/** The resolved, frozen configuration: defaults applied, `env.NAME` replaced, units as the names say. */
export type Config = {
  readonly providers: Readonly<Record<string, ProviderConfig>>
  readonly modelAliases: Readonly<Record<string, readonly AliasTarget[]>>
  /** Patterns in file order. */
  readonly fallbacks: readonly { readonly pattern: string; readonly targets: readonly string[] }[]
  readonly queue: { readonly redisUrl: string | undefined; readonly keyPrefix: string }
  readonly server: ServerConfig
}

export type AliasTarget = { readonly model: string; readonly weight: number }

/** A key: what a provider is asked with, and what decides when it is. */
export type KeyConfig = ProviderCredential & {
  /** `name` of the file, else a digest (`keyNameOf`): never its place in the file. Safe to log. */
  readonly name: string
  /** Empty or `["*"]` admits every model. */
  readonly models: readonly string[]
  readonly weight: number
}

export type ProviderConfig = {
  readonly id: string
  readonly keys: readonly KeyConfig[]
  readonly network: NetworkConfig
  readonly concurrency: number
  readonly bufferSize: number
  readonly custom: CustomProvider | undefined
}

export type NetworkConfig = {
  /** The vendor's origin, without trailing slash or version segment; absent = the catalogue's. */
  readonly baseUrl: string | undefined
  readonly extraHeaders: Readonly<Record<string, string>>
  readonly requestTimeoutMs: number
  readonly connectTimeoutMs: number
  readonly streamIdleTimeoutMs: number
  readonly streamTotalTimeoutMs: number
  readonly maxRetries: number
  readonly retryBackoffInitialMs: number
  readonly retryBackoffMaxMs: number
  readonly caCertPem: string | undefined
  readonly insecureSkipVerify: boolean
  /** `http://user:password@host:port`, from `proxy_config` or HTTPS_PROXY; absent = direct. */
  readonly proxyUrl: Secret | undefined
}

export type ServerConfig = {
  readonly maxRequestBodyBytes: number
  readonly maxUploadBytes: number
  readonly allowedOrigins: readonly string[]
  /** Lower case. */
  readonly forwardHeaders: readonly string[]
  readonly drainTimeoutMs: number
}

/** A setting that was accepted but does nothing (yet): named by its JSON path. */
export type ConfigWarning = { readonly path: string; readonly message: string }
