import { GatewayError } from '#contract'

/*
 * An error of one exchange means different things before and after the first byte of the request was written:
 *
 *   before   nothing reached the provider, the same request may be sent again   → upstream-unreachable
 *   after    nobody knows what the provider did with it                         → upstream-failed
 */

const lookupCodes = new Set(['ENOTFOUND', 'EAI_AGAIN', 'EAI_FAIL', 'EAI_NODATA', 'EAI_NONAME', 'ENODATA'])
const timeoutCodes = new Set(['UND_ERR_CONNECT_TIMEOUT', 'UND_ERR_HEADERS_TIMEOUT', 'ETIMEDOUT'])

/** OpenSSL's verification results, as Node spells them, beside `ERR_TLS_*` and `ERR_SSL_*`. */
const tlsCode =
  /^(ERR_TLS_|ERR_SSL_|EPROTO$|CERT_|CRL_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_|ERROR_IN_C|HOSTNAME_MISMATCH|INVALID_CA|INVALID_PURPOSE|UND_ERR_PRX_TLS)/

function codeOf(error: unknown): string {
  if (typeof error !== 'object' || error === null || !('code' in error)) return ''
  return typeof error.code === 'string' ? error.code : ''
}

type ConnectCode = 'dns_failed' | 'connection_refused' | 'connect_timeout' | 'tls_failed' | 'connect_failed'

const connectMessages: Record<ConnectCode, string> = {
  dns_failed: 'its host name could not be resolved. Check base_url and the name server',
  connection_refused: 'the connection was refused. Check base_url and whether the provider is up',
  connect_timeout: 'no connection within the connect timeout. Check base_url, the network and the proxy',
  tls_failed: 'the TLS handshake failed. Check base_url and ca_cert_pem',
  connect_failed: 'the connection could not be made. Check base_url, the network and the proxy',
}

/** Which part of connecting failed. `secure` says whether the address asks for TLS. */
export function connectCode(error: unknown, secure: boolean): ConnectCode {
  const code = codeOf(error)
  if (lookupCodes.has(code)) return 'dns_failed'
  if (code === 'ECONNREFUSED') return 'connection_refused'
  if (timeoutCodes.has(code)) return 'connect_timeout'
  if (tlsCode.test(code)) return 'tls_failed'
  // A peer that hangs up in the handshake, or does not speak TLS, shows as a reset of a connection that was open.
  if (secure && code === 'ECONNRESET') return 'tls_failed'
  return 'connect_failed'
}

function isOurs(error: unknown): GatewayError | undefined {
  if (GatewayError.is(error)) return error
  switch (codeOf(error)) {
    case 'UND_ERR_INVALID_ARG':
      // A value that HTTP cannot carry: ours to fix, and no matter of the network.
      return new GatewayError({
        kind: 'internal',
        code: 'invalid_upstream_request',
        message:
          'The gateway made a request that HTTP cannot carry; check extra_headers and keys for stray characters.',
        cause: error,
      })
    case 'UND_ERR_DESTROYED':
    case 'UND_ERR_CLOSED':
      return new GatewayError({
        kind: 'unavailable',
        code: 'draining',
        message: 'The gateway is shutting down; try again.',
        cause: error,
      })
    default:
      return undefined
  }
}

/** The error of an exchange of which no byte was written. */
export function connectError(error: unknown, secure: boolean): GatewayError {
  const ours = isOurs(error)
  if (ours !== undefined) return ours
  const code = connectCode(error, secure)
  return new GatewayError({
    kind: 'upstream-unreachable',
    code,
    message: `The provider could not be reached: ${connectMessages[code]}.`,
    cause: error,
  })
}

/** True for an answer that breaks the protocol, other than by ending early. undici sets no code on its parser's errors. */
function isNotHttp(error: unknown): boolean {
  if (codeOf(error) === 'UND_ERR_HEADERS_OVERFLOW') return true
  return error instanceof Error && error.name === 'HTTPParserError' && !error.message.includes('EOF state')
}

/** The error of an exchange whose request may have reached the provider. */
export function exchangeError(error: unknown): GatewayError {
  const ours = isOurs(error)
  if (ours !== undefined) return ours
  if (isNotHttp(error)) {
    return new GatewayError({
      kind: 'upstream-failed',
      code: 'upstream_bad_response',
      message: 'The provider answered with something that is not HTTP.',
      cause: error,
    })
  }
  return new GatewayError({
    kind: 'upstream-failed',
    code: 'upstream_connection_lost',
    message: 'The provider closed the connection before its answer was whole.',
    cause: error,
  })
}
