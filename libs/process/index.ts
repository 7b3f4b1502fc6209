/** The start and the end of a process, the same for every tier: configuration, logs, broker, signals. */
export { type Boot, boot, processCount, requireRedis, spokenWires } from './boot.ts'
export { type OpenBroker, openBroker } from './open-broker.ts'
export { createReload } from './reload.ts'
export { type RunningProcess, runProcess, startFailure } from './run-process.ts'
