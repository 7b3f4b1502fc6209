import { ConfigError } from '#config'
import { maskText, type RootLogger, serializeError } from '#observability'
import { boundHeap } from './bound-heap.ts'

/**
 * A process that serves. `stop` drains it and closes all that it opened; `reload` reads the configuration again and never
 * rejects.
 */
export type RunningProcess = {
  readonly logger: RootLogger
  stop(): Promise<void>
  reload?(): Promise<void>
  /** Resolves, with why, when it is to stop though nobody sent a signal. */
  readonly ended?: Promise<string>
}

/**
 * Runs a process from start to end: what is wrong at start goes to standard error as one message and ends it with
 * exit code 1; SIGTERM and SIGINT stop it, one more a second later ends it at once; SIGHUP reloads it, unless it hangs on a
 * terminal, whose closing sends the same signal and stops it; what nobody caught is logged by the
 * allow-list (the runtime would print the error whole, with whatever hangs on it) and ends it with 1. `start` returns
 * nothing when there is nothing to run.
 */
export async function runProcess(start: () => Promise<RunningProcess | undefined>): Promise<void> {
  boundHeap()
  let running: RunningProcess | undefined
  process.on('uncaughtException', (error) => {
    if (running === undefined) complain(error)
    else running.logger.error({ error }, 'uncaught error: the process ends')
    process.exit(1)
  })
  try {
    running = await start()
  } catch (error) {
    complain(error)
    process.exit(1)
  }
  if (running !== undefined) stopOnSignal(running)
}

/** A terminal signals the whole process group, and npm and our launcher pass on what they got: one key, many signals. */
const sameKeyMs = 1_000

function stopOnSignal(running: RunningProcess): void {
  let stoppingSinceMs: number | undefined
  const stop = async (why: { readonly signal: string } | { readonly reason: string }) => {
    if (stoppingSinceMs !== undefined) {
      if (performance.now() - stoppingSinceMs > sameKeyMs) process.exit(1)
      return
    }
    stoppingSinceMs = performance.now()
    running.logger.info(why, 'stopping')
    try {
      await running.stop()
      running.logger.info({}, 'stopped')
      await running.logger.flush()
      process.exit(0)
    } catch (error) {
      running.logger.error({ error }, 'stopping failed')
      await running.logger.flush()
      process.exit(1)
    }
  }
  const { reload } = running
  const reloads = reload !== undefined && !hasTerminal()
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => void stop({ signal }))
  void running.ended?.then((reason) => stop({ reason }))
  process.on('SIGHUP', (signal) => {
    if (!reloads) void stop({ signal })
    else if (stoppingSinceMs === undefined) void reload.call(running)
  })
}

function hasTerminal(): boolean {
  return [process.stdin, process.stdout, process.stderr].some(({ isTTY }) => isTTY)
}

function complain(error: unknown): void {
  process.stderr.write(`${startFailure(error)}\n`)
}

/** What went wrong at start, for whoever started it. */
export function startFailure(error: unknown): string {
  if (error instanceof ConfigError) return error.message
  const { code, address, port } = Object(error) as { code?: unknown; address?: unknown; port?: unknown }
  if (code === 'EADDRINUSE') {
    return `The address ${address}:${port} is already in use. Stop what listens there, or choose another port with -port (a worker's: -metrics-port).`
  }
  if (code === 'EACCES' && port !== undefined) {
    return `This user may not listen on ${address}:${port}. Choose a port above 1023 with -port.`
  }
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND') {
    return `The address of -host${address === undefined ? '' : ` (${address})`} is none of this machine's. 0.0.0.0 means all of them.`
  }
  const { type, message } = serializeError(error, { stack: false })
  return maskText(`The process could not start: ${type}: ${message}`)
}
