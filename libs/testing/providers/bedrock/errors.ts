import { VendorError } from '../types.ts'

/**
 * Amazon's wording: https://docs.aws.amazon.com/bedrock/latest/userguide/troubleshooting-api-error-codes.html, and
 * messages as callers have published them. The exception's name travels in a header.
 */

export function invalid(message: string): VendorError {
  return new VendorError({ status: 400, type: 'ValidationException', message })
}

/** A value outside the constraints of the service's model. */
export function constraint(path: string, rule: string): VendorError {
  return invalid(
    `1 validation error detected: Value at '${path}' failed to satisfy constraint: Member must ${rule}`,
  )
}

export function missing(path: string): VendorError {
  return constraint(path, 'not be null')
}

export function extraneous(path: string, name: string): VendorError {
  return invalid(
    `Malformed input request: #${path}: extraneous key [${name}] is not permitted, please reformat your input and try again.`,
  )
}

export function wrongType(path: string, wanted: string): VendorError {
  return new VendorError({
    status: 400,
    type: 'SerializationException',
    message: `Value at '${path}' is no ${wanted}`,
  })
}

export function forbidden(type: string, message: string): VendorError {
  return new VendorError({ status: 403, type, message })
}

const failures: Readonly<Record<number, readonly [type: string, message: string]>> = {
  400: ['ValidationException', 'The request is invalid.'],
  403: ['AccessDeniedException', "You don't have access to the model with the specified model ID."],
  404: ['ResourceNotFoundException', 'The specified resource ARN was not found.'],
  408: ['ModelTimeoutException', 'The request took too long to process.'],
  424: ['ModelErrorException', 'The request failed due to an error while processing the model.'],
  429: ['ThrottlingException', 'Too many requests, please wait before trying again.'],
  500: [
    'InternalServerException',
    'The system encountered an unexpected error during processing. Try your request again.',
  ],
  503: ['ServiceUnavailableException', 'Bedrock is unable to process your request.'],
}

/** What Amazon says with that status. */
export function failure(options: {
  readonly status: number
  readonly retryAfterSeconds?: number
  readonly message?: string
}): VendorError {
  const fallback = failures[options.status < 500 ? 400 : 500] ?? ['', '']
  const [type, message] = failures[options.status] ?? fallback
  return new VendorError({
    status: options.status,
    type,
    message: options.message ?? message,
    retryAfterSeconds: options.retryAfterSeconds,
  })
}
