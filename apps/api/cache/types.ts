import type { Operation, Priority, RequestAddress, Target, WireId } from '#contract'

/** Where an answer came from: the cache, a call of its own, or another request's call. */
export type CacheOutcome = 'hit' | 'miss' | 'joined'

/** What two requests must have in common to be answered alike. */
export type AnswerIdentity = {
  readonly tenant: string
  /** The caller's. */
  readonly wire: WireId
  readonly operation: Operation
  /** The plan, in its order. */
  readonly targets: readonly Target[]
  /** The caller's body as it came. */
  readonly bytes: Uint8Array
  readonly address: RequestAddress
  /** The caller's headers that go up. */
  readonly forwardHeaders: Readonly<Record<string, string>>
  readonly stream: boolean
}

export type CacheRequest = AnswerIdentity & {
  /** A request does not wait in a lane below its own. */
  readonly priority: Priority
  /** Its own deadline, from now to the whole (unary) or the first byte (streamed) of the answer. */
  readonly timeoutMs: number
  /**
   * Told before the head of the answer is handed out, or its failure; again if another request's call could not serve
   * this one after all.
   */
  readonly onOutcome: (outcome: CacheOutcome) => void
}
