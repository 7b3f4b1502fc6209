import { maskText } from './mask.ts'

/** All that a log line ever says of an error. */
export type SerializedError = {
  readonly type: string
  readonly code?: string
  readonly message: string
  /** At level debug only. */
  readonly stack?: string
  readonly cause?: SerializedError
}

const maxCauses = 3

/**
 * An error as a log line may show it: an allow-list, because clients hang whole requests on their errors (a Redis
 * `ReplyError` carries `command.args`, which is the job; HTTP clients carry `config` and `request`). Causes are
 * serialized in the same way, three deep. What is not an error shows its type alone.
 */
export function serializeError(
  value: unknown,
  options: { readonly stack: boolean },
  depth = 0,
): SerializedError {
  if (!isErrorLike(value)) return { type: typeof value, message: 'not an error' }
  const code = value['code']
  const cause = value['cause']
  return {
    type: typeof value.name === 'string' ? maskText(value.name) : 'Error',
    ...((typeof code === 'string' || typeof code === 'number') && { code: maskText(String(code)) }),
    message: maskText(value.message),
    ...(options.stack && typeof value.stack === 'string' && { stack: frames(value.stack) }),
    ...(depth < maxCauses && isErrorLike(cause) && { cause: serializeError(cause, options, depth + 1) }),
  }
}

type ErrorLike = { readonly [member: string]: unknown; readonly message: string }

/** True for what carries a message as errors do, of this realm or another. */
export function isErrorLike(value: unknown): value is ErrorLike {
  return (
    (value instanceof Error || Object.prototype.toString.call(value) === '[object Error]') &&
    typeof (value as Error).message === 'string'
  )
}

/** The frames alone: a stack begins with the unmasked message. */
function frames(stack: string): string {
  return stack
    .split('\n')
    .filter((line) => /^\s+at /.test(line))
    .slice(0, 20)
    .join('\n')
}
