import type { Config, ProviderConfig, QueueConfig, RoutingConfig } from '#config'
import type { ProviderId } from '#contract'
import type { Logger, Metrics } from '#observability'
import {
  type Connector,
  createConnector,
  createTransport,
  type ProviderFacts,
  type Transport,
} from '#providers'
import { factsOf } from '#providers/catalogue'
import type { Owners, Store } from '#store'
import type { Traffic } from './traffic.ts'

/** A configured provider as the worker asks it. */
export type ProviderSetup = {
  readonly config: ProviderConfig
  /** Absent for a custom provider whose base this build does not know. */
  readonly facts: ProviderFacts | undefined
  /** Absent where the facts are. */
  readonly connector: Connector | undefined
  readonly transport: Transport
}

/** What every job of a process shares. */
export type WorkerContext = {
  readonly providers: ReadonlyMap<ProviderId, ProviderSetup>
  readonly queue: QueueConfig
  readonly routing: RoutingConfig
  /** What is remembered from one request to the next. */
  readonly store: Store
  /** Of what providers keep for callers, in that store. */
  readonly owners: Owners
  readonly traffic: Traffic
  readonly logger: Logger
  readonly metrics: Metrics
  /** 96 random bits as 16 characters of base64url. */
  newSuffix(): string
  /** In [0, 1), for weighted keys. */
  random(): number
  /** Epoch milliseconds. */
  nowMs(): number
  /** Monotonic milliseconds. */
  monotonicMs(): number
}

/** One setup per configured provider. Opens no connection. */
export function createProviderSetups(config: Config): ReadonlyMap<ProviderId, ProviderSetup> {
  return new Map(
    Object.values(config.providers).map((provider) => {
      const { network, custom } = provider
      const connection = {
        connectTimeoutMs: network.connectTimeoutMs,
        caCertPem: network.caCertPem,
        insecureSkipVerify: network.insecureSkipVerify,
        proxyUrl: network.proxyUrl,
      }
      const transport = createTransport(connection)
      const facts = factsOf(provider.id, custom)
      const connector = facts && createConnector({ facts, baseUrl: network.baseUrl, network: connection })
      return [provider.id, { config: provider, facts, connector, transport }]
    }),
  )
}
