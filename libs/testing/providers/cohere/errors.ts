import { VendorError } from '../types.ts'

/** Cohere's wording: https://docs.cohere.com/reference/errors, and bodies as callers have published them. */

const reference = 'For proper usage, please refer to https://docs.cohere.com/reference/chat'

/** The vendor's errors have no type. */
export function refusal(status: number, message: string): VendorError {
  return new VendorError({ status, type: '', message })
}

export function invalid(what: string): VendorError {
  return refusal(400, `invalid request: ${what}`)
}

/** `expected` as `string`, `array of objects`. */
export function wrongType(path: string, value: unknown, expected: string): VendorError {
  const what = `parameter ${path} is of type ${nameOf(value)} but should be of type ${expected}`
  return refusal(400, `invalid type: ${what}. ${reference}`)
}

export function unknownField(path: string): VendorError {
  return refusal(422, `unknown field: parameter ${path} is not a valid field. ${reference}`)
}

export function unknownModel(model: string): VendorError {
  return refusal(
    404,
    `model '${model}' not found, make sure the correct model ID was used and that you have access to the model.`,
  )
}

const failures: Readonly<Record<number, string>> = {
  401: 'invalid api token',
  402: 'Please add or update your payment method at https://dashboard.cohere.com/billing?tab=payment to continue.',
  403: 'this request is not allowed',
  404: 'resource not found',
  429: 'You are using a Trial key, which is limited to 20 API calls / minute. You can continue to use the Trial key for free or upgrade to a Production key with higher rate limits.',
  498: 'invalid token',
  500: 'internal server error, this has been reported to our developers',
  503: 'service unavailable',
  504: 'upstream request timeout',
}

/** What Cohere says with that status. */
export function failure(options: {
  readonly status: number
  readonly retryAfterSeconds?: number
  readonly message?: string
}): VendorError {
  const { status, retryAfterSeconds } = options
  const known = failures[status] ?? (status >= 500 ? failures[500] : 'invalid request')
  return new VendorError({ status, type: '', message: options.message ?? known ?? '', retryAfterSeconds })
}

function nameOf(value: unknown): string {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'array'
  return typeof value
}
