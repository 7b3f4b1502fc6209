import { setTimeout as pause } from 'node:timers/promises'
import { GatewayError, type JobApi, type JsonObject, type NextRequest } from '#contract'
import type { UpstreamResponse } from '#providers'
import { createFrameEncoder, streamContentType } from '#translate'
import { answerType, readJson, readWhole } from './lanes/read-answer.ts'

/*
 * From a provider's first answer, a job, to the one that counts.
 *
 *   state     the answer at hand                           what follows
 *   begun     the job runs, its stream is not known        a pause, and it is asked about
 *   asked     429, 5xx, or no answer at all                the same, at most five times in a row: the job goes on, and
 *                                                          to begin another would be paid for twice
 *   streamed  the stream itself                            it is the answer
 *   ended     the job has ended, or is no job              it is the answer
 *
 * Everything is asked at the vendor's own hosts, with the key that began the job, until the deadline. A job that
 * nobody waits for any more is called off.
 */

export type FollowOptions = {
  readonly job: JobApi
  /** Whether a stream was asked for. */
  readonly stream: boolean
  /** The attempt's deadline. */
  readonly signal: AbortSignal
  ask(request: {
    readonly method: 'GET' | 'POST'
    readonly path: string
    /** Absent = the provider's own address. */
    readonly origin?: string
    readonly stream: boolean
    readonly signal: AbortSignal
  }): Promise<UpstreamResponse>
  /** A job could not be called off. */
  onLeftRunning(error: unknown): void
}

const mostFailures = 5
const callOffMs = 5_000
const longestRefusalBytes = 64 * 1024

/** Throws as `ask` does, or a GatewayError for what cannot be read. */
export async function followJob(begun: UpstreamResponse, options: FollowOptions): Promise<UpstreamResponse> {
  const { job, stream, signal } = options
  let response = begun
  let stopWatching: (() => void) | undefined
  try {
    for (;;) {
      if (response.status >= 300 || answerType(response) !== 'json') return response
      const { bytes, json } = await readJson(response)
      const next = job.next(json, { stream })
      if (next === undefined) {
        // It has ended, so there is nothing to call off.
        stopWatching?.()
        return ended(response, { bytes, json }, options)
      }
      stopWatching ??= callOffWhenAborted(json, options)
      await pause(next.afterMs, undefined, { signal })
      response = await askUntilAnswered(next, options)
    }
  } catch (error) {
    if (!signal.aborted) stopWatching?.()
    throw error
  }
}

async function askUntilAnswered(
  { path, origin, stream, afterMs }: NextRequest,
  { ask, signal }: FollowOptions,
): Promise<UpstreamResponse> {
  const place = { path, ...(origin !== undefined && { origin }) }
  const request = { method: 'GET', ...place, stream: stream === true, signal } as const
  for (let failures = 1; ; failures += 1) {
    const answer = await ask(request).catch(GatewayError.from)
    const isLast = failures >= mostFailures || signal.aborted
    if (GatewayError.is(answer)) {
      if (isLast || answer.kind === 'internal') throw answer
    } else {
      const mayPass = answer.status === 429 || answer.status >= 500
      if (!mayPass || isLast) return answer
      await readWhole(answer.body, longestRefusalBytes)
    }
    await pause(afterMs * failures, undefined, { signal })
  }
}

/** The job's last state as it came, or as the stream that was asked for. */
function ended(
  response: UpstreamResponse,
  { bytes, json }: { readonly bytes: Uint8Array; readonly json: JsonObject },
  { job, stream }: FollowOptions,
): UpstreamResponse {
  if (!stream) return { ...response, body: once(bytes) }
  const frames = createFrameEncoder('sse').push(job.framesOf(json))
  const headers = { ...response.headers, 'content-type': streamContentType.sse }
  return { status: 200, headers, body: once(frames) }
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes
}

/** Returns what ends the watch. */
function callOffWhenAborted(job: JsonObject, options: FollowOptions): () => void {
  const callOff = () => {
    options
      .ask({
        method: 'POST',
        path: options.job.cancelPath(job),
        stream: false,
        signal: AbortSignal.timeout(callOffMs),
      })
      .then(({ body }) => readWhole(body, longestRefusalBytes))
      .catch(options.onLeftRunning)
  }
  options.signal.addEventListener('abort', callOff, { once: true })
  return () => options.signal.removeEventListener('abort', callOff)
}
