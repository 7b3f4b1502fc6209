import type { Priority } from '#contract'
import type { QueueLimits } from '../broker.ts'

/*
 * What a process and the owner of the queues tell each other of a ticket: a request's place in line. Its body, its
 * clocks and its answer stay in the process that took it in.
 *
 *   process → owner   admit        it wants a place
 *                     done         it has ended
 *                     again        it comes back after a time; its slot is free meanwhile
 *                     leave        it is given up, wherever it is
 *   owner → process   go           its turn; where it was not said before: it was admitted
 *                     wait         it was admitted, its turn comes later
 *                     refuse       it was not admitted
 *
 * Every ticket has a number of its own in its process, one more for each target that its request is handed on to.
 */

export type AdmitMessage = readonly [
  ticket: number,
  provider: string,
  priority: Priority,
  tenant: string,
  limits: QueueLimits,
  delayMs: number,
  tenantShare: number,
]
export type AgainMessage = readonly [ticket: number, delayMs: number]
export type RefuseMessage = readonly [
  ticket: number,
  verdict: 'queue_full' | 'tenant_share',
  retryAfterMs: number,
]
export type LimitsMessage = readonly [provider: string, limits: QueueLimits]
