import type { JsonObject, Peek, RequestAddress, Target } from '#contract'
import type { Reply } from '#queue'
import { matchesPattern } from '#routing'
import { timesFor } from './admit.ts'
import { sessionOf } from './authenticate.ts'
import { isCacheable } from './cache/index.ts'
import type { ApiContext, InferenceRoute } from './context.ts'
import { addWarnings, type Exchange } from './exchange.ts'
import type { Plan } from './plan.ts'
import { estimateAdmission } from './rate-limits/index.ts'
import { pickForwardHeaders, type RequestOptions } from './request-options.ts'
import type { Continuation } from './resources/continue-request.ts'
import { submitPlan } from './submit-plan.ts'
import { planTravel } from './travel.ts'

/** A request that is understood, and where it goes. */
export type Work = {
  readonly address: RequestAddress
  readonly peek: Peek
  readonly bytes: Buffer
  readonly body: JsonObject
  readonly tenant: string
  readonly plan: Plan
  readonly options: RequestOptions
  readonly continuation: Continuation
}

/** The answer: from the cache or an identical request where that is wanted and may be, else from the queue. */
export function answerOf(
  api: ApiContext,
  route: InferenceRoute,
  exchange: Exchange,
  work: Work,
): Reply | Promise<Reply> {
  const { plan, options, bytes, body, address, tenant, peek } = work
  const { operation, wire } = route
  const { timeoutMs } = timesFor(api, plan, options)
  const ask = (waitedMs = 0) =>
    submit(api, route, exchange, { ...work, timeoutMs: Math.max(1, timeoutMs - waitedMs) })
  const wanted = options.cache ?? api.config.routing.cache.enabled
  if (!isCacheable({ wanted, operation, wire: wire.id, body })) return ask()
  return api.cache.answer(
    {
      tenant,
      wire: wire.id,
      operation,
      targets: [plan.target, ...plan.later.map(({ target }) => target)],
      bytes,
      address,
      forwardHeaders: pickForwardHeaders(exchange.request.headers, api.forwardHeaders),
      stream: peek.stream,
      priority: options.priority,
      timeoutMs,
      onOutcome: (outcome) => {
        exchange.facts.cache = outcome
      },
    },
    ask,
  )
}

function submit(
  api: ApiContext,
  route: InferenceRoute,
  exchange: Exchange,
  work: Work & { readonly timeoutMs: number },
): Promise<Reply> {
  const { plan, options, tenant, peek, address, bytes, body } = work
  const { headers } = exchange.request
  const travel = planTravel({ ...work, wire: route.wire })
  const { bodyKind, stops, warnings } = travel
  addWarnings(exchange.facts, warnings)
  if (exchange.aborted !== undefined) throw exchange.aborted
  const { routing } = api.config
  const session = sessionOf(api, headers, tenant)
  const { firstByteTimeoutMs, streamIdleTimeoutMs } = options
  return submitPlan(api, exchange, {
    header: {
      requestId: exchange.requestId,
      callerRequestId: exchange.callerRequestId,
      surface: route.surface,
      wire: route.wire.id,
      operation: route.operation,
      peek,
      address,
      bodyKind,
      ...(work.continuation.key !== undefined && { key: work.continuation.key }),
      ...(session !== undefined && { session }),
      forwardHeaders: pickForwardHeaders(headers, api.forwardHeaders),
      streamTotalMs: timesFor(api, plan, options).streamTotalMs,
      callTimeouts: {
        ...(firstByteTimeoutMs !== undefined && { firstByteMs: firstByteTimeoutMs }),
        ...(streamIdleTimeoutMs !== undefined && { streamIdleMs: streamIdleTimeoutMs }),
      },
      maxUpstreamCalls: routing.maxUpstreamCalls,
      tenant,
      priority: options.priority,
      retrySafe: stops.every(({ target }) => isRetrySafe(routing.retrySafe, target)),
      warnings,
    },
    body: travel.bytes,
    stops,
    timeoutMs: work.timeoutMs,
    estimateTokens: () => estimateAdmission({ bytes: bytes.length, body }),
  })
}

function isRetrySafe(patterns: readonly string[], { provider, model }: Target): boolean {
  return patterns.some(
    (pattern) => matchesPattern(pattern, `${provider}/${model}`) || matchesPattern(pattern, model),
  )
}
