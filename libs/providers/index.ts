/** Auth and transport: the worker's way to a provider. The only door to undici. */
export { authHeaders } from './auth.ts'
export { buildUrl } from './transport/build-url.ts'
export { createTransport } from './transport/create-transport.ts'
export type {
  AuthScheme,
  Endpoint,
  ProviderFacts,
  Transport,
  TransportOptions,
  UpstreamRequest,
  UpstreamResponse,
} from './types.ts'
