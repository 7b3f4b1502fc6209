import type { JsonObject } from '#contract'
import { VendorError } from '../types.ts'

/** Google's wording: google.rpc.Status (https://google.aip.dev/193), and bodies as callers have published them. */

export type GeminiError = VendorError & { readonly details?: readonly JsonObject[] }

const typeUrl = 'type.googleapis.com/google.rpc.'

/** `field` is the member's path in the proto's own spelling. */
export function invalid(message: string, field: string | null = null): GeminiError {
  const error = new VendorError({ status: 400, type: 'INVALID_ARGUMENT', message, param: field })
  if (field === null) return error
  const fieldViolations = [field === '' ? { description: message } : { field, description: message }]
  return Object.assign(error, { details: [{ '@type': `${typeUrl}BadRequest`, fieldViolations }] })
}

/** A member that the proto does not have. */
export function unknownName(name: string, path: string): GeminiError {
  const at = path === '' ? '' : ` at '${path}'`
  return invalid(`Invalid JSON payload received. Unknown name "${name}"${at}: Cannot find field.`, path)
}

/** `type` as the proto names it: `TYPE_FLOAT`, `TYPE_STRING`, an enum's full name. */
export function wrongValue(path: string, type: string, value: unknown): GeminiError {
  return invalid(`Invalid value at '${path}' (${type}), ${JSON.stringify(value)}`, path)
}

/** What the service itself checks, after the proto was read. */
export function violation(path: string, message: string): GeminiError {
  return invalid(`* GenerateContentRequest.${path}: ${message}\n`)
}

export function unauthenticated(key: string | undefined): VendorError {
  if (key === undefined) {
    const message =
      "Method doesn't allow unregistered callers (callers without established identity). Please use API Key or other form of API consumer identity to call this API."
    return new VendorError({ status: 403, type: 'PERMISSION_DENIED', message })
  }
  const error = invalid('API key not valid. Please pass a valid API key.')
  const metadata = { service: 'generativelanguage.googleapis.com' }
  const reason = {
    '@type': `${typeUrl}ErrorInfo`,
    reason: 'API_KEY_INVALID',
    domain: 'googleapis.com',
    metadata,
  }
  return Object.assign(error, { details: [reason] })
}

export function unknownModel(model: string, version: string, method: string): VendorError {
  return new VendorError({
    status: 404,
    type: 'NOT_FOUND',
    message: `models/${model} is not found for API version ${version}, or is not supported for ${method}. Call ListModels to see the list of available models and their supported methods.`,
  })
}

const failures: Readonly<Record<number, { readonly type: string; readonly message: string }>> = {
  400: { type: 'INVALID_ARGUMENT', message: 'Request contains an invalid argument.' },
  401: { type: 'UNAUTHENTICATED', message: 'Request had invalid authentication credentials.' },
  403: { type: 'PERMISSION_DENIED', message: 'The caller does not have permission' },
  404: { type: 'NOT_FOUND', message: 'Requested entity was not found.' },
  429: {
    type: 'RESOURCE_EXHAUSTED',
    message: 'You exceeded your current quota, please check your plan and billing details.',
  },
  500: { type: 'INTERNAL', message: 'An internal error has occurred. Please retry or report it.' },
  503: { type: 'UNAVAILABLE', message: 'The model is overloaded. Please try again later.' },
  504: { type: 'DEADLINE_EXCEEDED', message: 'Deadline expired before operation could complete.' },
}

/** What Google says with that status; a delay comes in the body, not as a header. */
export function failure(options: {
  readonly status: number
  readonly retryAfterSeconds?: number
  readonly message?: string
}): GeminiError {
  const { status, retryAfterSeconds } = options
  const known = failures[status] ?? { type: status < 500 ? 'INVALID_ARGUMENT' : 'INTERNAL', message: 'Error' }
  const error = new VendorError({
    status,
    type: known.type,
    message: options.message ?? known.message,
    retryAfterSeconds,
  })
  if (retryAfterSeconds === undefined) return error
  const retry = { '@type': `${typeUrl}RetryInfo`, retryDelay: `${retryAfterSeconds}s` }
  return Object.assign(error, { details: [retry] })
}

/** As the vendor prints it: indented. */
export function errorObject(error: GeminiError): JsonObject {
  const { details } = error
  const inner = { code: error.status, message: error.message, status: error.type }
  return { error: details === undefined ? inner : { ...inner, details } }
}
