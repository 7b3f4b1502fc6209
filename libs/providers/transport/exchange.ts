import type { Dispatcher } from 'undici'
import type { UpstreamResponse } from '../types.ts'
import { type BodyQueue, createBodyQueue } from './body-queue.ts'
import { connectError, exchangeError } from './transport-error.ts'

/*
 * One request and its answer, as undici reports it.
 *
 *   phase        entered by                       an error now is          abort now
 *   connecting   creation                         upstream-unreachable     rejects; the request is never written
 *   written      onRequestStart (bytes follow)    upstream-failed          destroys the socket
 *   answering    onResponseStart, status >= 200   the body's error         destroys the socket, the body rejects
 *   over         end, error or abort              ignored                  ignored
 *
 * undici calls onRequestStart synchronously before it writes the request's first byte, which is why this handler, and
 * not undici's `request`, can say for certain whether a byte was written.
 */

/** Header values as undici gives them, joined into one record. */
function flattenHeaders(
  headers: Readonly<Record<string, string | string[] | undefined>>,
): Record<string, string> {
  const flat: Record<string, string> = {}
  for (const name in headers) {
    const value = headers[name]
    if (value !== undefined) flat[name] = typeof value === 'string' ? value : value.join(', ')
  }
  return flat
}

export type Exchange = {
  readonly handler: Dispatcher.DispatchHandler
  readonly response: Promise<UpstreamResponse>
  /** The request could not even be handed over. */
  fail(error: Error): void
}

/** `secure` says whether the address asks for TLS. */
export function createExchange(options: {
  readonly signal: AbortSignal
  readonly secure: boolean
}): Exchange {
  const { signal, secure } = options
  const { promise, resolve, reject } = Promise.withResolvers<UpstreamResponse>()
  let phase: 'connecting' | 'written' | 'answering' | 'over' = 'connecting'
  let controller: Dispatcher.DispatchController | undefined
  let queue: BodyQueue | undefined

  function finish(): void {
    phase = 'over'
    signal.removeEventListener('abort', onAbort)
  }

  function onAbort(): void {
    if (phase === 'over') return
    const reason: Error = signal.reason
    finish()
    reject(reason)
    queue?.fail(reason, { discard: true })
    controller?.abort(reason)
  }

  function onFailure(error: Error): void {
    if (phase === 'over') return
    const failure = phase === 'connecting' ? connectError(error, secure) : exchangeError(error)
    finish()
    reject(failure)
    queue?.fail(failure)
  }

  function release(): void {
    finish()
    controller?.abort(new Error('the reader left'))
  }

  signal.addEventListener('abort', onAbort)
  const handler: Dispatcher.DispatchHandler = {
    onRequestStart(started) {
      if (phase === 'over') {
        started.abort(new Error('aborted while connecting'))
        return
      }
      phase = 'written'
      controller = started
    },
    onResponseStart(active, statusCode, headers) {
      if (phase === 'over' || statusCode < 200) return
      phase = 'answering'
      queue = createBodyQueue({ resume: () => active.resume(), release })
      resolve({ status: statusCode, headers: flattenHeaders(headers), body: queue.body })
    },
    onResponseData(active, chunk) {
      if (queue?.push(chunk) === false) active.pause()
    },
    onResponseEnd() {
      if (phase === 'over') return
      finish()
      queue?.end()
    },
    onResponseError(_controller, error) {
      onFailure(error)
    },
  }
  return { handler, response: promise, fail: onFailure }
}
