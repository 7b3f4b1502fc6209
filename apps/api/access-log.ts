import { errorKinds, type Usage } from '#contract'
import type { ApiContext } from './context.ts'
import type { Exchange, ExchangeFacts } from './exchange.ts'

/**
 * Closes a request's books when its answer is out or its connection gone: one access line and the two request
 * metrics. Never a body, never a credential.
 */
export function recordExchange(api: ApiContext, exchange: Exchange): void {
  const { route, facts } = exchange
  const durationMs = api.now() - exchange.startedAtMs
  // For a stream that failed after its head: the status that its error would have had.
  const status = facts.error?.status ?? facts.status ?? 500
  api.metrics.requestFinished({
    provider: facts.target?.provider,
    model: targetModel(facts) ?? (facts.requestedModel === undefined ? undefined : 'other'),
    status,
    surface: route.surface,
    durationMs,
  })
  const level = facts.error === undefined ? 'info' : errorKinds[facts.error.kind].level
  const { usage, status: answered, target } = facts
  void facts.lease?.settle({ usage, answered: answered !== undefined && answered < 400, target })
  if (facts.cache === 'hit' || facts.cache === 'joined') {
    api.metrics.cacheHit(facts.cache === 'hit' ? 'exact' : 'joined')
  } else if (facts.usage !== undefined && facts.target !== undefined) {
    api.metrics.tokensUsed({
      ...facts.target,
      input: facts.usage.input.total ?? 0,
      output: facts.usage.output.total ?? 0,
      cost: facts.cost,
    })
  }
  api.logger[level](
    () => ({ ...requestFields(exchange), status, durationMs: round(durationMs), ...answerFields(facts) }),
    'request',
  )
}

function requestFields({ requestId, callerRequestId, route, facts }: Exchange): object {
  const model = targetModel(facts) ?? facts.requestedModel
  return {
    requestId,
    ...(callerRequestId !== requestId && { callerRequestId }),
    surface: route.surface,
    operation: route.operation,
    ...(facts.target !== undefined && { provider: facts.target.provider }),
    ...(model !== undefined && { model: printable(model) }),
    ...(facts.stream && { stream: true }),
  }
}

function answerFields(facts: ExchangeFacts): object {
  const { queueMs, attempts, usage, cost, rule, cache, stopReason, warnings, error } = facts
  return {
    ...(queueMs !== undefined && { queueMs: round(queueMs) }),
    ...(attempts.length > 0 && { attempts }),
    ...(usage !== undefined && { usage: counts(usage) }),
    ...(cost !== undefined && { cost }),
    ...(rule !== undefined && { rule }),
    ...(cache !== undefined && { cache }),
    ...(stopReason !== undefined && { stopReason }),
    ...(warnings.length > 0 && { warnings }),
    ...(error !== undefined && { code: error.code }),
    ...(error?.upstream !== undefined && { upstream: error.upstream }),
    // What went wrong inside is told here and only here; errors of other kinds say all in their code.
    ...(error?.cause !== undefined && { error: error.cause }),
  }
}

/** Without the vendor's own object, which may say more than numbers. */
function counts({ input, output, searchUnits }: Usage): object {
  return { input, output, ...(searchUnits !== undefined && { searchUnits }) }
}

/** Empty where a request is for what belongs to no model. */
function targetModel({ target }: ExchangeFacts): string | undefined {
  return target?.model === '' ? undefined : target?.model
}

/** A name that a caller made up, fit for a line: short, and without what a terminal would act on. */
function printable(text: string): string {
  return text.slice(0, 128).replace(/[\p{C}\p{Z}]/gu, '?')
}

function round(ms: number): number {
  return Math.round(ms * 10) / 10
}
