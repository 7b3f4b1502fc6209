import { GatewayError } from '#contract'

/** The store cannot be reached, or has no room: what a caller is told, and when to try again. */
export function storeUnavailable(cause: unknown): GatewayError {
  if (isOutOfMemory(cause)) return storeFull()
  return new GatewayError({
    kind: 'unavailable',
    code: 'store_unavailable',
    message: 'The queue store cannot be reached. Try again shortly.',
    retryAfterMs: 1_000,
    cause,
  })
}

export function storeFull(): GatewayError {
  return new GatewayError({
    kind: 'unavailable',
    code: 'store_full',
    message: 'The queue store is out of memory. Try again shortly; operators: raise its maxmemory.',
    retryAfterMs: 1_000,
  })
}

function isOutOfMemory(cause: unknown): boolean {
  return cause instanceof Error && cause.message.startsWith('OOM ')
}
