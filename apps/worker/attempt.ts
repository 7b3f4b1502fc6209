import { type Attempt, GatewayError, type Passthrough } from '#contract'
import { type Connector, modelOf, type Way } from '#providers'
import { timeoutsOf } from '#routing'
import { splice } from '#translate'
import { type Answer, createAnswer } from './answer.ts'
import { type Asking, ask, type Prepared } from './ask.ts'
import type { WorkerContext } from './context.ts'
import { createDeadline, type Deadline } from './deadline.ts'
import type { Exchange, Failure, Lane } from './lanes/lane.ts'
import type { Call } from './plan-call.ts'
import { requestHeaders } from './request-headers.ts'

/**
 * `answered`: the reply has its terminal frame, which tells of `brokeOff` where the answer did after its head. `failed`: nothing has gone out, what follows is to be decided; without an
 * attempt where the request could not even be made ready.
 */
export type AttemptOutcome =
  | { readonly type: 'answered'; readonly brokeOff?: GatewayError }
  | { readonly type: 'failed'; readonly failure: Failure; readonly attempt?: Attempt }

export type AttemptOptions = Asking & {
  /** The attempts of this job before this one. */
  readonly earlier: readonly Attempt[]
  /** Called as the head of the answer comes. */
  onHead(head: ResponseHead): void
}

export type ResponseHead = { readonly status: number; readonly headers: Readonly<Record<string, string>> }

/** One upstream call, from its deadline to the last frame of its answer. Never throws. */
export async function attempt(context: WorkerContext, options: AttemptOptions): Promise<AttemptOutcome> {
  const { delivery, call, key } = options
  const body = bodyFor(options)
  let way: Way
  try {
    const ready = prepare(options, body)
    way = ready instanceof Promise ? await ready : ready
  } catch (thrown) {
    const error = GatewayError.from(thrown)
    const fields = { requestId: delivery.header.requestId, ...delivery.target, key: key?.name }
    context.logger.warn({ ...fields, error }, 'a request to the provider could not be made ready')
    return { type: 'failed', failure: { error } }
  }
  const startedAtMs = context.monotonicMs()
  const answer = createAnswer(delivery, options.earlier)
  const { network } = call.setup.config
  const timeouts = delivery.header.callTimeouts ?? {}
  const own = timeoutsOf(context.routing.timeouts, delivery.target)
  const deadline = createDeadline({
    parent: delivery.signal,
    requestMs: delivery.remainingMs(),
    firstByteMs: timeouts.firstByteMs ?? own.firstByteTimeoutMs ?? network.firstByteTimeoutMs,
    streamIdleMs: timeouts.streamIdleMs ?? own.streamIdleTimeoutMs ?? network.streamIdleTimeoutMs,
    streamTotalMs: delivery.header.streamTotalMs,
  })
  const prepared = { url: way.url, headers: way.headers, body }
  const failure = await send(context, options, { prepared, answer, deadline })
  if (failure === undefined) deadline.close()
  else deadline.abandon()
  const outcome = failure === undefined ? answer.outcome : outcomeOf(failure.error)
  record(context, options, { outcome, failure, durationMs: context.monotonicMs() - startedAtMs })
  if (failure === undefined) return { type: 'answered' }
  if (answer.headSent) {
    answer.fail(failure.error)
    return { type: 'answered', brokeOff: failure.error }
  }
  return { type: 'failed', failure, attempt: { ...delivery.target, outcome } }
}

/** The lane's body, with the name that the key's account has for the model where the body is what names it. */
function bodyFor({ delivery, call, key }: AttemptOptions): Lane['body'] {
  const { header, target } = delivery
  const { body } = call.lane
  const own = modelOf(key, target.model)
  const isJson = /^application\/json\b/i.test(header.passthrough?.contentType ?? 'application/json')
  const isNamedInPath = call.endpoint.path.includes('{model}')
  if (own === target.model || isNamedInPath || !isJson || !(body instanceof Uint8Array)) return body
  const member = call.wire?.modelMember ?? 'model'
  return splice(body, { set: { [member]: JSON.stringify(own) }, remove: [] })
}

/** Where the request goes, and its headers. */
function prepare(
  { delivery, call, key }: AttemptOptions,
  body: Lane['body'],
): ReturnType<Connector['prepare']> {
  const { header, target } = delivery
  const { passthrough } = header
  const { stream } = header.peek
  const { endpoint, lane } = call
  const suffix = lane.suffix ?? (passthrough && suffixOf(passthrough))
  const isAnyType = passthrough !== undefined || call.wire?.answersBytes === true
  return call.connector.prepare({
    endpoint,
    model: target.model,
    stream,
    suffix,
    headers: requestHeaders({
      wire: call.endpoint.wire,
      stream,
      contentType: passthrough === undefined ? 'application/json' : passthrough.contentType,
      accept: isAnyType ? '*/*' : undefined,
      vendor: vendorHeaders(call, stream),
      forwarded: header.forwardHeaders,
      extra: call.setup.config.network.extraHeaders,
    }),
    method: passthrough?.method,
    body: body instanceof Uint8Array ? body : undefined,
    credential: key,
  })
}

function vendorHeaders({ facts, endpoint }: Call, stream: boolean): Readonly<Record<string, string>> {
  const whole = stream ? undefined : endpoint.wholeHeaders
  if (endpoint.headers === undefined && whole === undefined) return facts.headers ?? {}
  return { ...facts.headers, ...endpoint.headers, ...whole }
}

function suffixOf({ rest, query }: Passthrough): string {
  return query === '' ? rest : `${rest}?${query}`
}

/** Returns what went wrong, before the head or after it. */
async function send(
  context: WorkerContext,
  options: AttemptOptions,
  {
    prepared,
    answer,
    deadline,
  }: { readonly prepared: Prepared; readonly answer: Answer; readonly deadline: Deadline },
): Promise<Failure | undefined> {
  const { delivery, call, key } = options
  const askMore: Exchange['ask'] = async (body, signal) => {
    const { url, headers } = await prepare(options, body)
    return await ask(context, options, { prepared: { url, headers, body }, signal })
  }
  try {
    const response = await ask(context, options, { prepared, signal: deadline.signal })
    deadline.headArrived()
    options.onHead(response)
    const credential = key?.value.reveal() ?? ''
    const callerGone = delivery.signal
    return await call.lane.relay({
      response,
      ask: askMore,
      answer,
      deadline,
      callerGone,
      credential,
      key: key?.name,
    })
  } catch (error) {
    // An abort may surface as an error of whatever was waiting; the deadline knows the reason.
    return { error: GatewayError.from(deadline.signal.aborted ? deadline.signal.reason : error) }
  }
}

/** An HTTP status where the provider answered with one, else our code. */
function outcomeOf(error: GatewayError): string {
  return error.upstream?.status === undefined ? error.code : String(error.upstream.status)
}

function record(
  context: WorkerContext,
  { delivery, call, key }: AttemptOptions,
  result: { readonly outcome: string; readonly failure: Failure | undefined; readonly durationMs: number },
): void {
  const { header, target } = delivery
  const { outcome, failure, durationMs } = result
  context.metrics.upstreamFinished({ ...target, operation: header.operation, outcome, durationMs })
  // What nobody foresaw is told to the caller without its reason, so the reason has to be here.
  const level = failure?.error.kind === 'internal' ? 'error' : 'debug'
  const fields = () => ({
    requestId: header.requestId,
    ...target,
    key: key?.name,
    wire: call.endpoint.wire,
    lane: call.lane.name,
    outcome,
    durationMs: Math.round(durationMs),
    ...(failure !== undefined && { error: failure.error }),
  })
  context.logger[level](fields, 'upstream attempt')
}
