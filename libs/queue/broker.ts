import type {
  Attempt,
  Frame,
  JobHeader,
  Journey,
  ProviderId,
  RetryState,
  Target,
  Usage,
  Warning,
} from '#contract'

/** How much a provider's queue takes in, true over all replicas. */
export type QueueLimits = {
  /** Upstream calls at once, over all workers. */
  readonly concurrency: number
  /** Requests that may wait beside those running. */
  readonly bufferSize: number
}

/** A header as the API makes it: the broker fills in version, admission time, deadline and reply address. */
export type NewJobHeader = Omit<
  JobHeader,
  'version' | 'admittedAtMs' | 'deadlineMs' | 'startByMs' | 'replyTo'
>

export type Submission = {
  readonly header: NewJobHeader
  /** The caller's bytes or the canonical request, as the header says. */
  readonly body: Uint8Array
  /**
   * What follows the body and is too large to be held: read as the worker takes it, a window ahead at most, and not
   * before a worker has the job. Its own error reaches the worker; its `return` is called when nobody reads on.
   */
  readonly upload?: AsyncIterable<Uint8Array>
  readonly limits: QueueLimits
  /** Time from admission to the whole (unary) or the first byte (streamed) of the answer. */
  readonly timeoutMs: number
  /** How long it may wait for a worker; then it is withdrawn and answered with `queue_timeout`. Absent = `timeoutMs`. */
  readonly maxWaitMs?: number
  /** The part of the queue's capacity that one tenant may hold, in (0, 1]; absent = all of it. */
  readonly tenantShare?: number
  /** Starts not before this many milliseconds have passed. */
  readonly delayMs?: number
}

/**
 * The answer to one submission: batches of frames in order, each frame once, exactly one terminal frame (`end` or
 * `fail`), after which it is done. Asking for the next batch acknowledges the last one, which is the worker's credit.
 * By deadline + 1 s it yields `fail` by itself if no worker has (a stream that has begun is the worker's to bound).
 */
export type Reply = AsyncIterable<readonly Frame[]> & {
  /** The caller is gone: withdraws a waiting job, stops a running one. The iterator then ends without more frames. */
  cancel(): void
}

/** Numbered frames out, with credit. After `end` or `fail` everything else is refused quietly (`closed` is true). */
export type ReplyWriter = {
  head(frame: Omit<Extract<Frame, { type: 'head' }>, 'type'>): void
  chunk(bytes: Uint8Array): void
  end(result: {
    readonly usage?: Usage
    readonly stopReason?: string
    readonly attempts: readonly Attempt[]
    readonly warnings: readonly Warning[]
  }): void
  fail(failure: Omit<Extract<Frame, { type: 'fail' }>, 'type'>): void
  /** Resolves when less than the window (1 MiB) is unacknowledged; rejects never; resolves at once when closed. */
  writable(): Promise<void>
  /** Whether `writable` would resolve at once. */
  hasRoom(): boolean
  readonly headSent: boolean
  readonly closed: boolean
}

/** One job in a worker's hands. */
export type Delivery = {
  readonly header: JobHeader
  readonly target: Target
  readonly body: Uint8Array
  /**
   * The submission's upload, to be read once. Throws a GatewayError: the reason of `signal`, or what the caller's side
   * failed with. Reading makes room for more; not reading stops the caller.
   */
  readonly upload?: AsyncIterable<Uint8Array>
  /** How often this job was taken from a dead worker. 0 = first run. */
  readonly run: number
  /** What the last attempt of this job left behind, when it was delayed. */
  readonly retryState: RetryState | undefined
  /** From admission until this delivery was taken. */
  readonly queueMs: number
  /** Milliseconds until the deadline, by the store's clock. */
  remainingMs(): number
  /** Aborted with a GatewayError as its reason: client gone, lock lost, worker ending. */
  readonly signal: AbortSignal
  readonly reply: ReplyWriter
  /**
   * Moves the request on: reserves a place in the queue of `plan[next.hop]` and enqueues a new job there with the same body
   * and reply address, then tells the API pod with a `hop` frame. After it resolves the reply is closed and the processor
   * returns `done`. Rejects with GatewayError `queue-full` (the request is still in hand, another target may be tried),
   * with the reason of `signal` when the caller has left, or with `unavailable`. Not for a job with an upload.
   */
  hop(next: Hop): Promise<void>
}

export type Hop = {
  /** Index into the plan, above the present one. */
  readonly hop: number
  /** Of that target's provider. */
  readonly limits: QueueLimits
  readonly journey: Journey
  readonly maxWaitMs?: number
  readonly tenantShare?: number
}

/**
 * `delayed` frees the slot and delivers the same job again after `delayMs` with `retryState`; not for a job with an
 * upload, which can be read only once.
 */
export type Outcome =
  | { readonly type: 'done' }
  | { readonly type: 'delayed'; readonly delayMs: number; readonly retryState: RetryState }

export type ConsumeOptions = {
  readonly provider: ProviderId
  readonly limits: QueueLimits
  /**
   * Called only for jobs that may run: not expired, not cancelled, of a known version, not started before (unless
   * `retrySafe` and without an upload); the broker answers the others itself. A throw becomes `fail(internal)`, so does `done` without a
   * terminal frame.
   */
  process(delivery: Delivery): Promise<Outcome>
}

export type Consumer = {
  /** Takes no more jobs. */
  pause(): Promise<void>
  /** Jobs in hand now. */
  readonly running: number
}

export type QueueDepth = {
  readonly provider: ProviderId
  readonly waiting: number
  readonly delayed: number
  readonly active: number
  /** Reservations: requests admitted and not yet ended. */
  readonly admitted: number
  readonly capacity: number
  /** Age of the oldest request that waits for its first start; 0 when none does. */
  readonly oldestWaitMs: number
  /** Jobs ended per second over the last 10 s, over all replicas. */
  readonly drainPerSecond: number
}

/**
 * Carries requests from API pods to workers and answers back. Two rooms, `bullmq/` and `memory/`, one conformance suite.
 */
export type Broker = {
  /**
   * Admits, listens, enqueues. Rejects with GatewayError `queue-full` (429; code `queue_full`, or `tenant_share` when one
   * tenant holds its share; `retryAfterMs` from the queue's drain rate), or `unavailable` (503; within 1.1 s when
   * the store is away); then nothing is left behind that would run.
   */
  submit(submission: Submission): Promise<Reply>
  /** Starts taking a provider's jobs. With the store away it resolves and begins when the store is back. */
  consume(options: ConsumeOptions): Promise<Consumer>
  /** Depth of the queues of these providers; rejects with `unavailable` when the store is away. */
  depths(providers: readonly ProviderId[]): Promise<readonly QueueDepth[]>
  /** Changes a provider's limits for all replicas, now: raised ones start waiting jobs at once. */
  setLimits(provider: ProviderId, limits: QueueLimits): Promise<void>
  /** Whether a request for this provider, without one for any, could be enqueued and answered now. */
  ready(provider?: ProviderId): boolean
  /**
   * Ends consuming: takes no more jobs, waits for those in hand up to `graceMs`, then aborts them with `draining` and
   * waits until their terminal frames are out. A job whose processor does not come back is answered with
   * `outcome-unknown`.
   */
  drain(graceMs: number): Promise<void>
  /** Drops connections and timers. Call `drain` first where jobs may be in hand. */
  close(): Promise<void>
}
