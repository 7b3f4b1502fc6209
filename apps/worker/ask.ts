import type { KeyConfig } from '#config'
import { GatewayError, type JobApi, type Passthrough } from '#contract'
import type { UpstreamResponse, Way } from '#providers'
import type { Delivery } from '#queue'
import type { WorkerContext } from './context.ts'
import { type FollowOptions, followJob } from './follow-job.ts'
import type { Lane } from './lanes/lane.ts'
import type { Call } from './plan-call.ts'
import { requestHeaders } from './request-headers.ts'

/** Who is asked for what, and with which key; absent for a provider that is asked without one. */
export type Asking = {
  readonly delivery: Delivery
  readonly call: Call
  readonly key: KeyConfig | undefined
}

/** Where a request goes, its headers and its body. */
export type Prepared = Way & { readonly body: Lane['body'] }

/**
 * The provider's answer, whatever its status: of its one call, or of the last one where the first began a job. Throws as
 * the transport does.
 */
export function ask(
  context: WorkerContext,
  asking: Asking,
  { prepared, signal }: { readonly prepared: Prepared; readonly signal: AbortSignal },
): Promise<UpstreamResponse> {
  const { call, delivery } = asking
  const { passthrough } = delivery.header
  const { url, body } = prepared
  const headers =
    passthrough === undefined ? prepared.headers : { ...prepared.headers, ...lengthOf(passthrough, call) }
  const answer = call.setup.transport.send({ url, headers, method: passthrough?.method, body, signal })
  const job = call.wire?.job
  if (job === undefined) return answer
  return answer.then((begun) => followJob(begun, followOptions(context, asking, { job, signal })))
}

/** What is iterated has a length only where the caller has said it, and it goes up as it is. */
function lengthOf({ contentLength }: Passthrough, { lane }: Call): Readonly<Record<string, string>> {
  const isKnown = contentLength !== undefined && lane.name === 'passthrough'
  return isKnown ? { 'content-length': String(contentLength) } : {}
}

/** A job is asked about by the same ways and with the same key as it was begun. */
function followOptions(
  { logger }: WorkerContext,
  { delivery, call, key }: Asking,
  { job, signal }: { readonly job: JobApi; readonly signal: AbortSignal },
): FollowOptions {
  const { header, target } = delivery
  const { wire } = call.endpoint
  return {
    job,
    signal,
    stream: header.peek.stream,
    async ask({ path, origin, stream, ...request }) {
      const endpoint = { wire, path, ...(origin !== undefined && { baseUrl: origin }) }
      const headers = requestHeaders({
        wire,
        stream,
        contentType: undefined,
        vendor: call.facts.headers,
        forwarded: {},
        extra: call.setup.config.network.extraHeaders,
      })
      const { method } = request
      const { model } = target
      const way = await call.connector.prepare({ endpoint, model, stream, method, headers, credential: key })
      return await call.setup.transport.send({ ...way, ...request })
    },
    onLeftRunning(error) {
      const fields = {
        requestId: header.requestId,
        ...target,
        key: key?.name,
        error: GatewayError.from(error),
      }
      logger.warn(fields, 'a job that nobody waits for could not be called off')
    },
  }
}
