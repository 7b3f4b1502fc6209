/**
 * For tests, the demo, benchmarks and chaos runs only: simulated providers, real Redis servers, whole processes of
 * the gateway, and ways to wait for what happens.
 */
export { channelTo, portPair } from './channels.ts'
export { type UntilOptions, until } from './conditions.ts'
export { createDeferred, type Deferred } from './deferred.ts'
export {
  type GatewayHarness,
  type GatewayMode,
  type GatewayOptions,
  type GatewayProcess,
  gatewayModes,
  simulatedConfig,
  startGateway,
  wholeSimulatedConfig,
} from './gateway.ts'
export { freePort } from './ports.ts'
export {
  type ExitStatus,
  type ProcessHarness,
  type ProcessOptions,
  repositoryRoot,
  startProcess,
} from './processes.ts'
export * from './providers/index.ts'
export * from './redis/index.ts'
export { type VendorSchema, vendorSchemaOf, vendorTypesOf } from './vendor-schemas.ts'
