/** Auth and transport: the worker's way to a provider. The only door to undici. */
export { modelOf } from './address.ts'
export { type Connector, createConnector, type PrepareRequest, type Way } from './connector.ts'
export { createTransport } from './transport/create-transport.ts'
export type {
  AuthScheme,
  Endpoint,
  Identity,
  ProviderCredential,
  ProviderFacts,
  Transport,
  TransportOptions,
  UpstreamRequest,
  UpstreamResponse,
} from './types.ts'
