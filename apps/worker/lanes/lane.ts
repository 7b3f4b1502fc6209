import type { AnyCallerWire, AnyProviderWire, GatewayError, JobHeader } from '#contract'
import type { Logger } from '#observability'
import type { UpstreamResponse } from '#providers'
import type { Owners } from '#store'
import type { Answer } from '../answer.ts'
import type { Deadline } from '../deadline.ts'

/** What both lanes know of the request that they serve. */
export type LaneContext<Wire = AnyCallerWire | AnyProviderWire> = {
  readonly header: JobHeader
  readonly provider: string
  /** The model as the target names it. */
  readonly model: string
  /** The provider's wire. */
  readonly wire: Wire
  /** The caller's wire. */
  readonly callerWire: AnyCallerWire
  /** Where the ids of the provider's things are remembered. */
  readonly owners: Owners
  readonly logger: Logger
  /** Epoch milliseconds. */
  nowMs(): number
}

/** One answer on its way from the provider to the caller. */
export type Exchange = {
  readonly response: UpstreamResponse
  readonly answer: Answer
  readonly deadline: Deadline
  /** One more call of the same attempt, with the same address and key. */
  ask(body: Uint8Array, signal: AbortSignal): Promise<UpstreamResponse>
  /** The delivery's own signal: aborted, nobody wants the answer any more. */
  readonly callerGone: AbortSignal
  /** The credential that was sent, to be masked where the provider echoes it; empty without one. */
  readonly credential: string
  /** The name of its key; absent without one. */
  readonly key: string | undefined
}

/** The provider's own error answer in the caller's wire, as it may be shown. */
export type VendorAnswer = {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: Uint8Array
}

/** Nothing has gone out to the caller. `vendor` is there where the provider's own bytes can tell it. */
export type Failure = { readonly error: GatewayError; readonly vendor?: VendorAnswer }

/** A request ready to be sent, and the way back. */
export type Lane = {
  readonly name: 'native' | 'crossing' | 'passthrough'
  /** Absent for a request without one. What is iterated can be sent once only. */
  readonly body: Uint8Array | AsyncIterable<Uint8Array> | undefined
  /** What follows the endpoint's path, percent-encoded. Absent = what the caller asked for there, if anything. */
  readonly suffix?: string
  /**
   * Takes the provider's answer to the caller. Returns a Failure, or throws a GatewayError, when nothing has gone out;
   * throws as well when the answer broke off after its head.
   */
  relay(exchange: Exchange): Promise<Failure | undefined>
}
