import { GatewayError } from '#contract'

/*
 * What bounds one upstream call. One AbortController; whichever comes first gives its reason.
 *
 *   phase       begins with            bounded by
 *   asking      creation               firstByteMs, the request's own deadline (requestMs), and the delivery's signal
 *   answering   headArrived()          the request's own deadline, and the delivery's signal
 *   streaming   streamStarted()        idleMs while we wait for the provider, totalMs, and the delivery's signal
 *   closed      close()                nothing
 *   abandoned   abandon()              nothing: the signal is aborted, so that a socket still open is let go
 *
 * Idle time counts only between waiting() and arrived(): a slow reader behind us is not the provider's silence.
 */

export type DeadlineOptions = {
  /** Aborted with a GatewayError: the caller left, the worker ends. */
  readonly parent: AbortSignal
  /** Until a unary answer is whole, or a streamed one has begun. */
  readonly requestMs: number
  /** Until the head of the answer; absent = `requestMs` alone counts. */
  readonly firstByteMs?: number | undefined
  readonly streamIdleMs: number
  readonly streamTotalMs: number
}

export type Deadline = {
  readonly signal: AbortSignal
  /** Status and headers of the answer have come. */
  headArrived(): void
  /** The first byte of a stream has come. Further calls change nothing. */
  streamStarted(): void
  /** We ask the provider for more. */
  waiting(): void
  /** Something came. */
  arrived(): void
  /** The answer was read to its end. */
  close(): void
  /** The answer is given up. */
  abandon(): void
}

/** Never shown: the call is over when it becomes the reason. One for all, because an error's stack costs a lot to build. */
const attemptOver = new GatewayError({
  kind: 'cancelled',
  code: 'attempt_over',
  message: 'The attempt is over.',
})

/** The longest delay that a Node timer keeps. */
const maxTimerMs = 2 ** 31 - 1

export function createDeadline(options: DeadlineOptions): Deadline {
  const { parent } = options
  const controller = new AbortController()
  const abortIn = (delayMs: number, reason: () => GatewayError) =>
    setTimeout(() => controller.abort(reason()), Math.min(Math.max(delayMs, 0), maxTimerMs))
  const request = abortIn(options.requestMs, requestTimeout)
  const { firstByteMs } = options
  const firstByte =
    firstByteMs === undefined ? undefined : abortIn(firstByteMs, () => firstByteTimeout(firstByteMs))
  let total: NodeJS.Timeout | undefined
  let idle: NodeJS.Timeout | undefined

  function onParentAbort(): void {
    controller.abort(parent.reason)
  }

  function close(): void {
    for (const timer of [request, firstByte, total, idle]) clearTimeout(timer)
    parent.removeEventListener('abort', onParentAbort)
  }

  // A timer would let the request go out first.
  if (options.requestMs <= 0) controller.abort(requestTimeout())
  if (parent.aborted) onParentAbort()
  else parent.addEventListener('abort', onParentAbort)

  return {
    signal: controller.signal,
    headArrived() {
      clearTimeout(firstByte)
    },
    streamStarted() {
      if (total !== undefined || controller.signal.aborted) return
      clearTimeout(request)
      total = abortIn(options.streamTotalMs, () => streamTotalTimeout(options.streamTotalMs))
    },
    waiting() {
      if (total !== undefined) idle = abortIn(options.streamIdleMs, () => idleTimeout(options.streamIdleMs))
    },
    arrived() {
      clearTimeout(idle)
    },
    close,
    abandon() {
      close()
      if (!controller.signal.aborted) controller.abort(attemptOver)
    },
  }
}

function requestTimeout(): GatewayError {
  return new GatewayError({
    kind: 'timeout',
    code: 'upstream_timeout',
    message:
      'The provider did not answer within the request timeout. Allow more time with x-bifrost-timeout-ms or default_request_timeout_in_seconds.',
  })
}

function firstByteTimeout(afterMs: number): GatewayError {
  return new GatewayError({
    kind: 'timeout',
    code: 'first_byte_timeout',
    message: `The provider had not begun its answer after ${afterMs} ms; see first_byte_timeout_in_seconds and x-bifrost-first-byte-timeout-ms.`,
  })
}

function idleTimeout(afterMs: number): GatewayError {
  return new GatewayError({
    kind: 'timeout',
    code: 'stream_idle_timeout',
    message: `The provider sent nothing for ${afterMs} ms in the middle of its answer; see stream_idle_timeout_in_seconds.`,
  })
}

function streamTotalTimeout(afterMs: number): GatewayError {
  return new GatewayError({
    kind: 'timeout',
    code: 'stream_total_timeout',
    message: `The answer was still being streamed after ${afterMs} ms; see stream_total_timeout_in_seconds.`,
  })
}
