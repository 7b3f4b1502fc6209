import { type FailFrame, GatewayError } from '#contract'

/** The call of another request went on longer than this one may wait. */
export function noAnswerInTime(): GatewayError {
  return new GatewayError({
    kind: 'timeout',
    code: 'upstream_timeout',
    message: 'No answer came within the request timeout. Allow more time with x-bifrost-timeout-ms.',
  })
}

/** Others read the same answer, and what this one has not read yet is gone. */
export function behind(): GatewayError {
  return new GatewayError({
    kind: 'unavailable',
    code: 'shared_answer_lost',
    message:
      'This answer was shared with an identical request and was read too slowly to keep up with it. Send the request again, with x-bifrost-cache: false to have a call of its own.',
    retryAfterMs: 1_000,
  })
}

/** An error as the last word of a reply, of which no call is told. */
export function failFrame(error: GatewayError): FailFrame {
  return { type: 'fail', error: error.toData(), attempts: [] }
}

/** What a caller is told; anything else is thrown on with its cause, which is for the log. */
export function isRefusal(error: unknown): error is GatewayError {
  return GatewayError.is(error) && error.kind !== 'internal'
}
