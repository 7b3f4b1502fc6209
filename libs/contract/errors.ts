import type { JsonObject } from './json.ts'

/**
 * The closed table of what can go wrong. `status` is what the caller gets unless the error carries its own;
 * `level` is how loud the access line is; `retry` says whether the same request may be sent again to the same provider
 * before a byte of the answer went out; `fallback` whether another provider may be asked.
 */
export const errorKinds = {
  'invalid-request': { status: 400, level: 'info', retry: false, fallback: false },
  unauthenticated: { status: 401, level: 'info', retry: false, fallback: false },
  forbidden: { status: 403, level: 'info', retry: false, fallback: false },
  'not-found': { status: 404, level: 'info', retry: false, fallback: false },
  'too-large': { status: 413, level: 'info', retry: false, fallback: false },
  'unsupported-media-type': { status: 415, level: 'info', retry: false, fallback: false },
  'not-implemented': { status: 501, level: 'info', retry: false, fallback: true },
  'queue-full': { status: 429, level: 'warn', retry: false, fallback: true },
  // A limit per minute of our own config. Who asks it knows whether another target may pass: the table cannot.
  'rate-limited': { status: 429, level: 'info', retry: false, fallback: false },
  unavailable: { status: 503, level: 'warn', retry: false, fallback: false },
  mismatch: { status: 503, level: 'error', retry: false, fallback: false },
  timeout: { status: 504, level: 'warn', retry: false, fallback: true },
  cancelled: { status: 499, level: 'info', retry: false, fallback: false },
  'upstream-rejected': { status: 502, level: 'info', retry: true, fallback: true },
  'upstream-failed': { status: 502, level: 'warn', retry: true, fallback: true },
  'upstream-unreachable': { status: 502, level: 'warn', retry: true, fallback: true },
  'outcome-unknown': { status: 502, level: 'error', retry: false, fallback: false },
  internal: { status: 500, level: 'error', retry: false, fallback: false },
} as const satisfies Record<string, ErrorKindFacts>

type ErrorKindFacts = {
  readonly status: number
  readonly level: 'info' | 'warn' | 'error'
  readonly retry: boolean
  readonly fallback: boolean
}

export type ErrorKind = keyof typeof errorKinds

/** What the provider said, when the error is its answer. */
export type UpstreamFacts = {
  readonly provider: string
  /** HTTP status of the provider's answer; absent when there was none, or for an error inside a stream. */
  readonly status?: number
  /** The vendor's own error type, for example `overloaded_error` or `rate_limit_exceeded`. */
  readonly type?: string
  /** The vendor's own error code, where it has one beside the type. */
  readonly code?: string
  readonly requestId?: string
}

export type GatewayErrorOptions = {
  readonly kind: ErrorKind
  /** snake_case, stable, for programs: `queue_full`, `model_not_found`, `upstream_outcome_unknown`, … */
  readonly code: string
  /** For people: what was wrong, where, and what to do. Never holds a body, a key or a stack. */
  readonly message: string
  /** The member of the request at fault, for example `messages[0].content`. */
  readonly param?: string | undefined
  /** Overrides the kind's status; an upstream's answer keeps its own. */
  readonly status?: number | undefined
  readonly retryAfterMs?: number | undefined
  readonly upstream?: UpstreamFacts | undefined
  readonly cause?: unknown
}

/** GatewayError as plain data: how it crosses the queue. The cause stays behind. */
export type GatewayErrorData = Omit<GatewayErrorOptions, 'cause'>

const mark = Symbol.for('bifrost.gateway-error')

/** The one error that rooms throw at each other. Recognised by a mark, not by `instanceof`. */
export class GatewayError extends Error {
  readonly kind: ErrorKind
  readonly code: string
  readonly param: string | undefined
  /** HTTP status for the caller. */
  readonly status: number
  readonly retryAfterMs: number | undefined
  readonly upstream: UpstreamFacts | undefined
  readonly [mark] = true

  constructor(options: GatewayErrorOptions) {
    super(options.message, options.cause === undefined ? undefined : { cause: options.cause })
    this.name = 'GatewayError'
    this.kind = options.kind
    this.code = options.code
    this.param = options.param
    this.status = options.status ?? errorKinds[options.kind].status
    this.retryAfterMs = options.retryAfterMs
    this.upstream = options.upstream
  }

  static is(value: unknown): value is GatewayError {
    return typeof value === 'object' && value !== null && mark in value
  }

  /** Returns `value` itself when it is a GatewayError, else an `internal` one that shows nothing of it. */
  static from(value: unknown): GatewayError {
    if (GatewayError.is(value)) return value
    return new GatewayError({
      kind: 'internal',
      code: 'internal_error',
      message: 'The gateway failed to handle this request; its log has the reason under this request id.',
      cause: value,
    })
  }

  toData(): GatewayErrorData {
    return {
      kind: this.kind,
      code: this.code,
      message: this.message,
      status: this.status,
      ...(this.param !== undefined && { param: this.param }),
      ...(this.retryAfterMs !== undefined && { retryAfterMs: this.retryAfterMs }),
      ...(this.upstream !== undefined && { upstream: this.upstream }),
    }
  }

  static fromData(data: GatewayErrorData): GatewayError {
    return new GatewayError(data)
  }
}

/** An HTTP error answer in a wire's own shape. */
export type ErrorAnswer = {
  readonly status: number
  readonly body: JsonObject
  /** What the wire says in headers of its own, lower case: some clients pick the class of an error by them. */
  readonly headers?: Readonly<Record<string, string>>
}
