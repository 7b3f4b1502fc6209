/** What a line says; what is costly to gather is given as a function, called only where the line is written. */
export type LogFields = object | (() => object)

/** A structured logger: fields first, then a constant message. Never given a body, a credential or a raw error. */
export type Logger = {
  debug(fields: LogFields, message: string): void
  info(fields: LogFields, message: string): void
  warn(fields: LogFields, message: string): void
  error(fields: LogFields, message: string): void
  child(fields: object): Logger
}

/** A process's own logger. */
export type RootLogger = Logger & {
  /** Resolves when every line so far is out or given up: within a second, even if nobody reads them. */
  flush(): Promise<void>
}

export const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const
export type LogLevel = (typeof logLevels)[number]

/** Where log lines go, one JSON text and a newline per call; absent = standard output. */
export type LogDestination = { write(line: string): unknown }

/** One process's counts; only `scrape` and `endedSnapshot` read them. */
export type MetricsSnapshot = readonly object[]

/**
 * Everything that the processes count, as plain functions: names, labels and buckets are in `metric-definitions.ts`.
 * Durations are milliseconds here and seconds in the scrape.
 */
export type Metrics = {
  /** On the API pod that answered, once per request of a surface. `undefined` = it never got so far. */
  requestFinished(request: {
    readonly provider: string | undefined
    readonly model: string | undefined
    /** What the caller got; 499 when it had left; for a stream that failed, the status of its error. */
    readonly status: number
    readonly surface: string
    readonly durationMs: number
  }): void
  /** A submission was refused: `queue_full`, `store_unavailable`, … (the error's code). */
  queueRejected(rejection: { readonly provider: string; readonly reason: string }): void
  /** From admission until a worker took the request. */
  queueWaited(wait: { readonly provider: string; readonly waitMs: number }): void
  /** Replaces what is shown; a provider that is not named is no longer shown. */
  queueDepths(
    depths: readonly {
      readonly provider: string
      readonly waiting: number
      readonly delayed: number
      readonly active: number
      readonly admitted: number
      readonly capacity: number
      readonly oldestWaitMs: number
      readonly drainPerSecond: number
    }[],
  ): void
  /** Replaces what is shown of keys. */
  keyStates(
    states: readonly {
      readonly provider: string
      readonly key: string
      readonly open: boolean
      readonly coolingMs: number
    }[],
  ): void
  /** Usage of an answer as its provider counted it; `cost` in US dollars where the model has a price. */
  tokensUsed(usage: {
    readonly provider: string
    readonly model: string
    readonly input: number
    readonly output: number
    readonly cost: number | undefined
  }): void
  /** A request was answered without a call. */
  cacheHit(type: 'exact' | 'joined'): void
  /** A request was refused by a rate limit of ours. */
  rateLimited(refusal: { readonly per: string; readonly unit: 'requests' | 'tokens' }): void
  /** A target of the plan was not waited for at admission. */
  passedOver(target: { readonly provider: string; readonly reason: string }): void
  /** On the worker: a failed call was repeated, or would have been had the budget allowed it. */
  retried(retry: { readonly provider: string; readonly outcome: 'retried' | 'budget_exhausted' }): void
  /** On the worker: a request moved to another target. */
  fellBack(hop: { readonly from: string; readonly to: string }): void
  /** On the worker, once per upstream call. `outcome` is an HTTP status or an error code. */
  upstreamFinished(call: {
    readonly provider: string
    readonly model: string
    readonly operation: string
    readonly outcome: string
    readonly durationMs: number
  }): void
  /** A job was taken back from a worker that had died or frozen. */
  jobStalled(job: { readonly provider: string }): void
  /** A caller was told that nobody knows whether the provider ran its request. */
  outcomeUnknown(request: { readonly provider: string }): void
  /** The registry as Prometheus text; with the counts of the gateway's other processes in it, where some are given. */
  scrape(others?: readonly MetricsSnapshot[]): Promise<string>
  /** What this process counted, as JSON, for another one's scrape. */
  snapshot(): Promise<MetricsSnapshot>
  /** The media type of `scrape()`. */
  readonly contentType: string
}
