import { GatewayError } from '#contract'

/** The 400 for a request that is wrong in one member. `param` is that member's path, `message` says what would be right. */
export function invalidRequest(param: string, message: string, code = 'invalid_request'): GatewayError {
  return new GatewayError({ kind: 'invalid-request', code, message, param })
}
