import { GatewayError } from '#contract'

export { storeUnavailable } from '#store'

/** A provider's queue holds all that it may. */
export function queueFull(provider: string, retryAfterMs: number): GatewayError {
  return new GatewayError({
    kind: 'queue-full',
    code: 'queue_full',
    message: `The queue of provider "${provider}" is full. Try again shortly, or raise providers.${provider}.concurrency_and_buffer_size.`,
    retryAfterMs,
  })
}

/** One tenant holds all that it may of a provider's queue. */
export function tenantShare(provider: string, retryAfterMs: number): GatewayError {
  return new GatewayError({
    kind: 'queue-full',
    code: 'tenant_share',
    message: `This client's requests hold its share of the queue of provider "${provider}". Try again when some have ended, or raise queue.tenant_share.`,
    retryAfterMs,
  })
}

export function queueTimeout(provider: string): GatewayError {
  return new GatewayError({
    kind: 'timeout',
    code: 'queue_timeout',
    message: `The request waited in the queue of provider "${provider}" until its timeout. Try again, or allow more time with x-bifrost-timeout-ms.`,
  })
}

/** It waited as long as it was allowed to wait, which is less than its timeout. */
export function waitedTooLong(provider: string): GatewayError {
  return new GatewayError({
    kind: 'timeout',
    code: 'queue_timeout',
    message: `The request waited for its maximum queue wait in the queue of provider "${provider}" and was not started. Try again, or raise queue.max_wait_in_seconds.`,
  })
}

/** The API's own last word, when neither an answer nor an error has come from any worker. */
export function replyTimeout(): GatewayError {
  return new GatewayError({
    kind: 'timeout',
    code: 'upstream_timeout',
    message: 'No answer came within the request timeout. Allow more time with x-bifrost-timeout-ms.',
  })
}

export function outcomeUnknown(): GatewayError {
  return new GatewayError({
    kind: 'outcome-unknown',
    code: 'upstream_outcome_unknown',
    message:
      'The worker that handled this request died. The provider may have done the work, so it was not repeated; send the request again if that is safe.',
  })
}

export function clientGone(): GatewayError {
  return new GatewayError({
    kind: 'cancelled',
    code: 'client_gone',
    message: 'The caller closed the connection before the answer was whole.',
  })
}

export function workerDraining(): GatewayError {
  return new GatewayError({
    kind: 'unavailable',
    code: 'draining',
    message: 'The worker that handled this request is shutting down. Try again.',
    retryAfterMs: 1_000,
  })
}

export function lockLost(): GatewayError {
  return new GatewayError({
    kind: 'outcome-unknown',
    code: 'worker_lost',
    message: 'The worker that handled this request was cut off from the queue and gave the request up.',
  })
}

/** This process ends while the caller waits. */
export function brokerClosed(): GatewayError {
  return new GatewayError({
    kind: 'unavailable',
    code: 'draining',
    message: 'The gateway is shutting down. Try again.',
    retryAfterMs: 1_000,
  })
}
