import type { IncomingMessage, ServerResponse } from 'node:http'
import {
  type Attempt,
  type Draft,
  GatewayError,
  type StreamFormat,
  type Target,
  type Usage,
  type Warning,
} from '#contract'
import type { CacheOutcome } from './cache/index.ts'
import type { InferenceRoute } from './context.ts'
import type { RateLease } from './rate-limits/index.ts'

/** As much of a route as an exchange needs: who is answered, and under which names it is counted. */
export type ExchangeRoute = Pick<InferenceRoute, 'wire' | 'surface' | 'operation'> & {
  /** There where the provider's answer is passed on as it is. */
  readonly passthrough?: unknown
}

/**
 * One request and its answer: the two sockets' ends, and the facts that the access line and the headers tell.
 *
 *   open    → abort(error) → aborted   the first reason stands; whoever waits is woken
 *   open    → closed                   the answer is out, or the connection is gone
 *   aborted → closed
 */
export type Exchange = {
  readonly route: ExchangeRoute
  readonly request: IncomingMessage
  readonly response: ServerResponse
  /** Headers that stand on every answer (CORS). */
  readonly baseHeaders: Readonly<Record<string, string>>
  /** Ours. */
  readonly requestId: string
  /** What the caller is told. */
  readonly callerRequestId: string
  readonly startedAtMs: number
  readonly facts: ExchangeFacts
  /** Why the exchange was given up: the caller left, or the pod is shutting down. */
  readonly aborted: GatewayError | undefined
  abort(error: GatewayError): void
  /** The connection shall not be used for another request after this one. */
  closeAfterAnswer(): void
  /** Called once, at once if it was aborted before. The last one given is the one that is called. */
  onAbort(listener: () => void): void
}

/** Filled in on the way. */
export type ExchangeFacts = {
  /** The model as the caller named it. */
  requestedModel?: string
  target?: Target
  stream?: boolean
  /** How the caller reads the stream, where it is not its wire's own way. */
  streamFormat?: StreamFormat
  /** Of the answer; absent = none went out. */
  status?: number
  error?: GatewayError
  attempts: readonly Attempt[]
  queueMs?: number
  usage?: Usage
  /** US dollars, where the model has a price. */
  cost?: number
  /** Where the answer came from, of a request that the cache was for. */
  cache?: CacheOutcome
  /** What it has taken of our limits, and what their headers say. */
  lease?: RateLease
  limitHeaders?: Readonly<Record<string, string>>
  /** The name of the routing rule that decided. */
  rule?: string
  stopReason?: string
  warnings: readonly Warning[]
}

/** A client's own request id is taken over when it is short and holds nothing that needs escaping anywhere. */
const saneRequestId = /^[A-Za-z0-9._:+/=@~-]{1,128}$/

export function createExchange(options: {
  readonly route: ExchangeRoute
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly baseHeaders: Readonly<Record<string, string>>
  readonly requestId: string
  readonly startedAtMs: number
}): Exchange {
  const { route, request, response, baseHeaders, requestId, startedAtMs } = options
  const claimed = request.headers['x-request-id']
  let listener: (() => void) | undefined
  const exchange: Draft<Exchange> = {
    route,
    request,
    response,
    baseHeaders,
    requestId,
    startedAtMs,
    callerRequestId: typeof claimed === 'string' && saneRequestId.test(claimed) ? claimed : requestId,
    facts: { attempts: [], warnings: [] },
    aborted: undefined,
    abort(error) {
      if (exchange.aborted !== undefined) return
      exchange.aborted = error
      listener?.()
    },
    closeAfterAnswer() {
      response.shouldKeepAlive = false
    },
    onAbort(next) {
      listener = next
      if (exchange.aborted !== undefined) next()
    },
  }
  return exchange
}

/** Adds warnings that are not there yet. */
export function addWarnings(facts: ExchangeFacts, warnings: readonly Warning[]): void {
  if (warnings.length === 0 || warnings === facts.warnings) return
  const fresh = warnings.filter(
    (warning) => !facts.warnings.some((known) => known.code === warning.code && known.path === warning.path),
  )
  if (fresh.length > 0) facts.warnings = [...facts.warnings, ...fresh]
}

export function clientGone(): GatewayError {
  return new GatewayError({
    kind: 'cancelled',
    code: 'client_gone',
    message: 'The caller closed the connection before the answer was whole.',
  })
}

export function draining(): GatewayError {
  return new GatewayError({
    kind: 'unavailable',
    code: 'draining',
    message: 'This gateway process is shutting down. Try again: another one will answer.',
    retryAfterMs: 1_000,
  })
}
