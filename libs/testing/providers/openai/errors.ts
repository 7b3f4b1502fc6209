import { VendorError } from '../types.ts'

/** OpenAI's wording: https://platform.openai.com/docs/guides/error-codes, and bodies as callers have published them. */

export function invalid(message: string, param: string | null, code: string | null): VendorError {
  return new VendorError({ status: 400, type: 'invalid_request_error', message, param, code })
}

export function missing(param: string): VendorError {
  return invalid(`Missing required parameter: '${param}'.`, param, 'missing_required_parameter')
}

/** `expected` with its article: `a decimal`, `an array of objects`. */
export function wrongType(param: string, expected: string, value: unknown): VendorError {
  const message = `Invalid type for '${param}': expected ${expected}, but got ${nameOf(value)} instead.`
  return invalid(message, param, 'invalid_type')
}

export function wrongValue(param: string, value: string, supported: readonly string[]): VendorError {
  const quoted = supported.map((name) => `'${name}'`)
  const list = `${quoted.slice(0, -1).join(', ')}, and ${quoted.at(-1)}`
  return invalid(`Invalid value: '${value}'. Supported values are: ${list}.`, param, 'invalid_value')
}

export function outOfRange(options: {
  readonly param: string
  readonly kind: 'decimal' | 'integer'
  readonly side: 'above' | 'below'
  readonly bound: number
  readonly value: number
}): VendorError {
  const { param, kind, side, bound, value } = options
  const [word, sign, suffix] = side === 'above' ? ['maximum', '<=', 'max'] : ['minimum', '>=', 'min']
  const message = `Invalid '${param}': ${kind} ${side} ${word} value. Expected a value ${sign} ${bound}, but got ${value} instead.`
  return invalid(message, param, `${kind}_${side}_${suffix}_value`)
}

export function unknownModel(model: string): VendorError {
  const message = `The model \`${model}\` does not exist or you do not have access to it.`
  return new VendorError({ status: 404, type: 'invalid_request_error', message, code: 'model_not_found' })
}

export function unauthenticated(key: string | undefined): VendorError {
  if (key === undefined || key === '') {
    return new VendorError({
      status: 401,
      type: 'invalid_request_error',
      message:
        "You didn't provide an API key. You need to provide your API key in an Authorization header using Bearer auth (i.e. Authorization: Bearer YOUR_KEY), or as the password field (with blank username) if you're accessing the API from your browser and are prompted for a username and password. You can obtain an API key from https://platform.openai.com/account/api-keys.",
    })
  }
  return new VendorError({
    status: 401,
    type: 'invalid_request_error',
    message: `Incorrect API key provided: ${mask(key)}. You can find your API key at https://platform.openai.com/account/api-keys.`,
    code: 'invalid_api_key',
  })
}

/** The vendor shows the ends of a wrong key. */
function mask(key: string): string {
  if (key.length <= 12) return '*'.repeat(key.length)
  return `${key.slice(0, 8)}${'*'.repeat(key.length - 12)}${key.slice(-4)}`
}

const failures: Readonly<
  Record<number, { readonly type: string; readonly code?: string; readonly message: string }>
> = {
  401: { type: 'invalid_request_error', code: 'invalid_api_key', message: 'Incorrect API key provided.' },
  403: {
    type: 'invalid_request_error',
    code: 'unsupported_country_region_territory',
    message: 'Country, region, or territory not supported',
  },
  429: {
    type: 'requests',
    code: 'rate_limit_exceeded',
    message:
      'Rate limit reached for gpt-4o-mini in organization org-simulated on requests per min (RPM): Limit 500, Used 500, Requested 1. Please try again in 120ms. Visit https://platform.openai.com/account/rate-limits to learn more.',
  },
  500: {
    type: 'server_error',
    message: 'The server had an error while processing your request. Sorry about that!',
  },
  503: {
    type: 'server_error',
    message: 'The engine is currently overloaded, please try again later.',
  },
}

/** What OpenAI says with that status. */
export function failure(options: {
  readonly status: number
  readonly retryAfterSeconds?: number
  readonly message?: string
}): VendorError {
  const known = failures[options.status] ?? failures[options.status >= 500 ? 500 : 400]
  return new VendorError({
    status: options.status,
    type: known?.type ?? 'invalid_request_error',
    code: known?.code ?? null,
    message: options.message ?? known?.message ?? 'Bad request.',
    retryAfterSeconds: options.retryAfterSeconds,
  })
}

function nameOf(value: unknown): string {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'an array'
  if (typeof value === 'number') return Number.isInteger(value) ? 'an integer' : 'a decimal'
  if (typeof value === 'object') return 'an object'
  return `a ${typeof value}`
}
