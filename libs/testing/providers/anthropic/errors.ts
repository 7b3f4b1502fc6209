import { VendorError } from '../types.ts'

/** Anthropic's wording: https://platform.claude.com/docs/en/api/errors, and bodies as callers have published them. */

/** `message` begins with the path of the member at fault: `messages.0.role: …`. */
export function invalid(message: string): VendorError {
  return new VendorError({ status: 400, type: 'invalid_request_error', message })
}

export function required(path: string): VendorError {
  return invalid(`${path}: Field required`)
}

/** `expected` as `a valid string`. */
export function wrongType(path: string, expected: string): VendorError {
  return invalid(`${path}: Input should be ${expected}`)
}

export function extra(path: string): VendorError {
  return invalid(`${path}: Extra inputs are not permitted`)
}

export function unauthenticated(message: string): VendorError {
  return new VendorError({ status: 401, type: 'authentication_error', message })
}

export function notFound(message: string): VendorError {
  return new VendorError({ status: 404, type: 'not_found_error', message })
}

const failures: Readonly<Record<number, { readonly type: string; readonly message: string }>> = {
  401: { type: 'authentication_error', message: 'invalid x-api-key' },
  402: { type: 'billing_error', message: 'Your credit balance is too low to access the Anthropic API.' },
  403: {
    type: 'permission_error',
    message: 'Your API key does not have permission to use the specified resource.',
  },
  404: { type: 'not_found_error', message: 'Not found' },
  413: { type: 'request_too_large', message: 'Request exceeds the maximum size' },
  429: {
    type: 'rate_limit_error',
    message:
      "This request would exceed your organization's rate limit of 50 requests per minute. For details, refer to: https://docs.claude.com/en/api/rate-limits.",
  },
  500: { type: 'api_error', message: 'Internal server error' },
  504: { type: 'timeout_error', message: 'Request timed out.' },
  529: { type: 'overloaded_error', message: 'Overloaded' },
}

/** What Anthropic says with that status. */
export function failure(options: {
  readonly status: number
  readonly retryAfterSeconds?: number
  readonly message?: string
}): VendorError {
  const fallback = { type: options.status >= 500 ? 'api_error' : 'invalid_request_error' }
  const known = failures[options.status] ?? { ...fallback, message: 'Internal server error' }
  return new VendorError({
    status: options.status,
    type: known.type,
    message: options.message ?? known.message,
    retryAfterSeconds: options.retryAfterSeconds,
  })
}
