import type { Warning } from './chat.ts'
import type { GatewayErrorData } from './errors.ts'
import type { Target } from './job.ts'
import type { Usage } from './usage.ts'

/** One upstream call, for `x-bifrost-attempts` and the access line. `outcome` is an HTTP status or an error code. */
export type Attempt = { readonly provider: string; readonly model: string; readonly outcome: string }

/** Worker → API, in this order: `hop* (head chunk* (end | fail) | fail)`; a hop is the last frame of its job. */
export type Frame = HeadFrame | ChunkFrame | HopFrame | EndFrame | FailFrame

/** Status and headers of the answer; headers are lower case and already filtered. */
export type HeadFrame = {
  readonly type: 'head'
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly target: Target
  readonly attempts: readonly Attempt[]
  /** How long the job waited in queues. */
  readonly queueMs: number
  readonly warnings: readonly Warning[]
}
/** Bytes of the body in the caller's wire. */
export type ChunkFrame = { readonly type: 'chunk'; readonly bytes: Uint8Array }
/** The request went on to another target of its plan. */
export type HopFrame = {
  readonly type: 'hop'
  readonly hop: number
  readonly target: Target
  /** Store time by which a worker must have begun there; absent = the deadline alone counts. */
  readonly startByMs?: number
}
/** The answer is whole. */
export type EndFrame = {
  readonly type: 'end'
  readonly usage?: Usage
  readonly stopReason?: string
  readonly attempts: readonly Attempt[]
  readonly warnings: readonly Warning[]
}
/** The answer failed: before a head the API answers with the error's status, after it with an error event. */
export type FailFrame = {
  readonly type: 'fail'
  readonly error: GatewayErrorData
  readonly target?: Target
  readonly attempts: readonly Attempt[]
  readonly queueMs?: number
}

/** API → worker. `ack` is cumulative: every frame numbered below `next` was consumed, which is the credit. */
export type Control =
  | { readonly type: 'cancel'; readonly requestId: string }
  | {
      readonly type: 'ack'
      readonly requestId: string
      readonly hop: number
      readonly run: number
      readonly next: number
    }
  | {
      readonly type: 'resend'
      readonly requestId: string
      readonly hop: number
      readonly run: number
      readonly from: number
    }
