import { type DestinationStream, type Logger as PinoLogger, pino } from 'pino'
import { redactFields } from './redact.ts'
import { standardOutput } from './standard-output.ts'
import type { LogDestination, LogFields, Logger, LogLevel, RootLogger } from './types.ts'

/**
 * One JSON line per call: `level` as a word, `time` in ISO form, the fields, `msg`. Credentials are masked by name,
 * errors go through the allow-list of `serializeError`, stacks appear at level debug only.
 */
export function createLogger(options: {
  readonly level: LogLevel
  readonly destination?: LogDestination
  /** Stands in every line. */
  readonly fields?: object
  /** Other processes write to the same standard output: lines of theirs must not get into ours. */
  readonly sharesOutput?: boolean
}): RootLogger {
  const root = pino(
    {
      level: options.level,
      base: options.fields ?? null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    toStream(options.destination ?? standardOutput(options.sharesOutput)),
  )
  const logger = wrap(root, { stack: options.level === 'debug' || options.level === 'trace' })
  const flush = async () => {
    if (options.destination === undefined) await standardOutput(options.sharesOutput).flush()
  }
  return { ...logger, flush }
}

function toStream(destination: LogDestination): DestinationStream {
  return { write: (line) => void destination.write(line) }
}

function wrap(target: PinoLogger, options: { readonly stack: boolean }): Logger {
  const write = (level: 'debug' | 'info' | 'warn' | 'error') => (fields: LogFields, message: string) => {
    if (!target.isLevelEnabled(level)) return
    target[level](redactFields(typeof fields === 'function' ? fields() : fields, options), message)
  }
  return {
    debug: write('debug'),
    info: write('info'),
    warn: write('warn'),
    error: write('error'),
    child: (fields) => wrap(target.child(redactFields(fields, options)), options),
  }
}
