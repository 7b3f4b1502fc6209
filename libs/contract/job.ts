import type { Warning } from './chat.ts'
import type { GatewayErrorData } from './errors.ts'
import type { Json } from './json.ts'
import type { Operation, Priority, ProviderId, SurfaceId, WireId } from './names.ts'
import type { Attempt } from './reply.ts'
import type { Peek, RequestAddress } from './wire.ts'

/** One (provider, model) of the plan. */
export type Target = { readonly provider: ProviderId; readonly model: string }

/** A target, and whether it is asked in the caller's own bytes. */
export type PlannedTarget = Target & { readonly native: boolean }

/** The version of the job header that this build writes and reads. */
export const jobVersion = 2

/** Bounds of one upstream call that the caller or a rule has set; absent = the provider's. Milliseconds. */
export type CallTimeouts = {
  /** From sending a request until the head of its answer. */
  readonly firstByteMs?: number
  /** The longest silence inside a stream. */
  readonly streamIdleMs?: number
}

/** What has happened to a request at the targets before this one. */
export type Journey = {
  /** Its upstream calls so far, in order, and the targets that were passed over. */
  readonly attempts: readonly Attempt[]
  /** How many of them were calls. */
  readonly calls: number
  /** Why the first target could not answer: told to the caller when no other one can. */
  readonly firstFailure?: GatewayErrorData
}

/** A request that goes up as it is, under the path of the provider's endpoint for its operation. */
export type Passthrough = {
  readonly method: 'GET' | 'POST' | 'DELETE'
  /** What stands behind the endpoint's path, percent-encoded: empty, or from its `/` on, for example `/file-1/content`. */
  readonly rest: string
  /** The caller's query, without `?`. */
  readonly query: string
  /** Of the body; absent where there is none. */
  readonly contentType?: string
  /** Of an upload, where it is known before it is read. */
  readonly contentLength?: number
}

/**
 * What crosses the queue beside the body. Holds no credential of any kind and nothing that the caller wrote but the
 * names in `plan` and `peek` and the headers that the contract forwards.
 */
export type JobHeader = {
  readonly version: number
  /** Ours, 128 random bits as hex; never a client's `x-request-id`. */
  readonly requestId: string
  /** What the caller is told in `x-request-id`: its own, else ours. */
  readonly callerRequestId: string
  /** Which target of the plan this job is for. */
  readonly hop: number
  readonly plan: readonly PlannedTarget[]
  readonly surface: SurfaceId
  /** The caller's wire. */
  readonly wire: WireId
  readonly operation: Operation
  readonly peek: Peek
  /** `wire`: the caller's bytes. `canonical`: the operation's canonical request as JSON. */
  readonly bodyKind: 'wire' | 'canonical'
  /** What the URL said of the request; absent = nothing. Decoding the caller's bytes needs it. */
  readonly address?: RequestAddress
  /** There for a request that is addressed by more than its body, or whose body is no JSON. */
  readonly passthrough?: Passthrough
  /** The name of the one key that may be used: what the request names belongs to it. */
  readonly key?: string
  /** Digest of the caller's session: its requests keep to one key while that key can be used. */
  readonly session?: string
  /** There when an earlier target was tried or passed over. */
  readonly journey?: Journey
  /** The most upstream calls that this request may make over all its targets. */
  readonly maxUpstreamCalls: number
  readonly callTimeouts?: CallTimeouts
  /** Store time by which a worker must have begun; absent = the deadline alone counts. */
  readonly startByMs?: number
  /** Headers that go up, lower case, as the contract names them. */
  readonly forwardHeaders: Readonly<Record<string, string>>
  /** Store time (epoch milliseconds) when it was admitted. */
  readonly admittedAtMs: number
  /** Store time by which a unary answer is whole and a streamed one has begun. */
  readonly deadlineMs: number
  /** How long a stream may last after its first byte. */
  readonly streamTotalMs: number
  /** The API pod that waits for the reply. */
  readonly replyTo: string
  /** HMAC of the client's key; `anonymous` without one. */
  readonly tenant: string
  readonly priority: Priority
  /** The operator marked this model as safe to run again after a crash. */
  readonly retrySafe: boolean
  /** What decoding found that the target cannot carry. */
  readonly warnings: readonly Warning[]
}

/** What a worker keeps for the next attempt of the same job: one small field, never the body. */
export type RetryState = Json
