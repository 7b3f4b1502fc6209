/** The vendors over real HTTP, checked by their own SDKs: for tests, the demo and benchmarks. */
export { type CallFilter, keyOf } from './call-log.ts'
export { controlPrefix } from './control.ts'
export {
  readScenario,
  scenarioHelp,
  simulatedAwsCredentials,
  simulatedKeys,
  simulatedModels,
} from './models.ts'
export { type ReplayOptions, replay, replayFile } from './replay.ts'
export {
  type SimulatedProviders,
  type SimulatedProvidersOptions,
  startSimulatedProviders,
  type WaitOptions,
} from './server.ts'
export {
  type Behaviour,
  type Call,
  type CallMatch,
  type Fault,
  type RawAnswer,
  type Script,
  type Stats,
  type VendorId,
  type VendorStats,
  vendorIds,
} from './types.ts'
