/** Several processes that share one port and all limits. Its own door: one process alone never loads it. */
export { joinPrimary, type Member } from './member.ts'
export { startProcesses } from './start-processes.ts'
