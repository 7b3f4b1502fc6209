import { GatewayError } from '#contract'

/** Connections that could not be made, as the vendors' libraries report them. */
const networkCode = /^(?:E(?:CONN|NOTFOUND|AI_AGAIN|TIMEDOUT|HOSTUNREACH|NETUNREACH|PIPE)|UND_ERR_)/

/**
 * What a failed token fetch or signature means to the caller: `upstream-unreachable` where the endpoint could not be
 * asked, `unauthenticated` where it said no or nobody signs at all. Nothing of the library's own error is shown: it may
 * hold an assertion or a secret. Its name and first line are kept as the cause, for the log.
 */
export function credentialFailure(
  error: unknown,
  context: {
    readonly provider: string
    /** Who was asked, for example `Microsoft Entra`. */
    readonly authority: string
    /** What to look at, as a sentence. */
    readonly remedy: string
    /** Whether our own connection to the authority was what failed. */
    readonly unreachable: boolean
  },
): GatewayError {
  const { provider, authority, remedy } = context
  const cause = shortCause(error)
  if (context.unreachable || isUnreachable(error)) {
    return new GatewayError({
      kind: 'upstream-unreachable',
      code: 'credential_unreachable',
      message: `Provider "${provider}" could not be asked: ${authority}, which signs for it, could not be reached. Check the network and proxy_config.`,
      cause,
    })
  }
  return new GatewayError({
    kind: 'unauthenticated',
    code: 'credential_refused',
    message: `Provider "${provider}" could not be asked: ${authority} gave no credential. ${remedy}`,
    cause,
  })
}

/** Looks through the causes: a library wraps what its connection threw. */
function isUnreachable(error: unknown, depth = 0): boolean {
  if (typeof error !== 'object' || error === null || depth > 5) return false
  if (GatewayError.is(error)) return error.kind !== 'unauthenticated'
  const { code, name, status, statusCode, response, cause, errors } = error as Record<string, unknown>
  if (name === 'TimeoutError' || (typeof code === 'string' && networkCode.test(code))) return true
  const answered = [status, statusCode, statusOf(response)].find((value) => typeof value === 'number')
  if (answered !== undefined) return answered >= 500
  return [cause, ...(Array.isArray(errors) ? errors : [])].some((inner) => isUnreachable(inner, depth + 1))
}

function statusOf(response: unknown): unknown {
  return typeof response === 'object' && response !== null && 'status' in response
    ? response.status
    : undefined
}

function shortCause(error: unknown): Error {
  if (!(error instanceof Error)) return new Error('a value that is no error was thrown')
  return new Error(`${error.name}: ${error.message.split('\n')[0]?.slice(0, 200) ?? ''}`)
}
