import type { Logger } from '#observability'

const logEveryMs = 60_000

/**
 * Decodes messages of a channel. One that is not ours (another build, a stray publisher) is left out and logged, at most
 * once a minute: it must not end the process.
 */
export function createMessageReader<T>(
  decode: (message: Buffer) => readonly T[],
  channel: string,
  logger: Logger,
): (message: Buffer) => readonly T[] {
  let quietUntilMs = 0
  return (message) => {
    try {
      return decode(message)
    } catch (error) {
      const nowMs = performance.now()
      if (nowMs >= quietUntilMs) logger.warn({ channel, error }, 'a message that cannot be read was left out')
      quietUntilMs = Math.max(quietUntilMs, nowMs + logEveryMs)
      return []
    }
  }
}
