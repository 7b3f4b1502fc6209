import type { ErrorAnswer, GatewayError, JsonObject, StreamFrame, UpstreamErrorAnswer } from '#contract'
import { asText, parseObject } from '../../narrow.ts'
import { upstreamRejected, upstreamRejectedInStream } from '../../upstream-error.ts'
import { type BedrockException, statusByException } from './types.ts'

/*
 * Errors of this wire (AWS REST-JSON): the exception's name stands in the header `x-amzn-errortype`, sometimes followed
 * by `:` and an address, or in the body as `__type`; the body is `{"message"}`. The official client picks its class by
 * that name. In a stream they are messages of type `exception`, named in camel case by the members of
 * `ConverseStreamOutput`.
 */

const nameByStatus: Readonly<Record<number, string>> = {
  400: 'ValidationException',
  // What the vendor calls a credential that it does not know; a common AWS error, not one of this service's own.
  401: 'UnrecognizedClientException',
  403: 'AccessDeniedException',
  404: 'ResourceNotFoundException',
  408: 'ModelTimeoutException',
  409: 'ConflictException',
  424: 'ModelErrorException',
  429: 'ThrottlingException',
  503: 'ServiceUnavailableException',
  504: 'ModelTimeoutException',
  529: 'ServiceUnavailableException',
}

/** Exceptions that a stream may end with, by the status that they stand for; others have no place in its union. */
const streamNames: readonly BedrockException[] = [
  'InternalServerException',
  'ModelStreamErrorException',
  'ServiceUnavailableException',
  'ThrottlingException',
  'ValidationException',
]

export function decodeError(answer: UpstreamErrorAnswer): GatewayError {
  const body = parseObject(answer.text) ?? {}
  return upstreamRejected(answer, {
    message: messageOf(body),
    type: exceptionName(answer.headers['x-amzn-errortype'] ?? asText(body['__type'])),
    requestId: answer.headers['x-amzn-requestid'],
  })
}

/** `ValidationException:http://internal.amazon.com/…` and `com.amazon.coral#ValidationException` name the same. */
function exceptionName(text: string | undefined): string | undefined {
  const name = text?.split(':', 1)[0]?.split('#').at(-1)?.trim()
  return name === '' ? undefined : name
}

/** Services of the vendor write it both ways; gateways in front of it write `Message`, too. */
function messageOf(body: JsonObject): string | undefined {
  return asText(body['message']) ?? asText(body['Message'])
}

/** An exception message of a stream. */
export function decodeStreamException(frame: StreamFrame): GatewayError {
  const body = parseObject(frame.data) ?? {}
  const type = frame.event === undefined ? undefined : frame.event[0]?.toUpperCase() + frame.event.slice(1)
  return upstreamRejectedInStream(
    { message: messageOf(body), type },
    isException(type) ? statusByException[type] : 502,
  )
}

/** The request's id goes in a header of the vendor's, where its client looks for it. */
export function encodeError(error: GatewayError, requestId: string): ErrorAnswer {
  return {
    status: error.status,
    body: { message: textOf(error) },
    headers: { 'x-amzn-errortype': nameOf(error), 'x-amzn-requestid': requestId },
  }
}

export function encodeStreamError(error: GatewayError, _requestId: string): readonly StreamFrame[] {
  const name = streamNameOf(error)
  const event = name.charAt(0).toLowerCase() + name.slice(1)
  return [{ event, data: JSON.stringify({ message: textOf(error) }), exception: true }]
}

function nameOf({ status, upstream }: GatewayError): string {
  if (isException(upstream?.type)) return upstream.type
  return nameByStatus[status] ?? (status < 500 ? 'ValidationException' : 'InternalServerException')
}

function streamNameOf(error: GatewayError): BedrockException {
  const own = nameOf(error)
  // "An error occurred while streaming the response": the provider's failure, not ours.
  const isProviders = error.kind === 'upstream-failed' || error.kind === 'upstream-unreachable'
  if (isProviders || [408, 424, 504].includes(error.status)) return 'ModelStreamErrorException'
  const found = streamNames.find((name) => name === own)
  return found ?? (error.status < 500 ? 'ValidationException' : 'InternalServerException')
}

/** Our own messages name the member at fault; another provider's words stay its own. */
function textOf({ message, param, upstream, kind }: GatewayError): string {
  const isOurs = upstream === undefined && kind !== 'upstream-rejected'
  return !isOurs || param === undefined || message.includes(param) ? message : `${param}: ${message}`
}

function isException(name: string | undefined): name is BedrockException {
  return name !== undefined && Object.hasOwn(statusByException, name)
}
