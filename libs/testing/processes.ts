import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { atExit } from './cleanup.ts'
import { until } from './conditions.ts'
import { createLines, type Lines } from './lines.ts'

/** Directory of the repository. */
export const repositoryRoot = fileURLToPath(new URL('../..', import.meta.url))

export type ProcessOptions = {
  /** Arguments for Node itself: the script first, then what the script gets. */
  readonly args: readonly string[]
  /** Joined with PATH, HOME and the like; nothing else of this process's environment goes in. */
  readonly env?: Readonly<Record<string, string>>
  /** Absent = the repository. */
  readonly cwd?: string
  /** A line on stdout or stderr that matches, or a URL that answers 200. Absent = ready at once. */
  readonly ready?: RegExp | string
  readonly readyTimeoutMs?: number
}

export type ExitStatus = { readonly code: number | null; readonly signal: NodeJS.Signals | null }

/** A child process running the same Node as this one. Killed when this process ends, whatever happens. */
export type ProcessHarness = {
  readonly pid: number
  readonly running: boolean
  /** Resolves when the process has ended and its output is in. */
  readonly exited: Promise<ExitStatus>
  /** What it printed so far, whole lines, the last 5,000 of each. */
  readonly stdout: readonly string[]
  readonly stderr: readonly string[]
  /** The first line, past or to come, that matches; rejects when the process ends or time is up without one. */
  line(pattern: RegExp, options?: { readonly timeoutMs?: number }): Promise<string>
  /** Sends a signal; resolves when the process has ended. For SIGSTOP and the like use `signal`. */
  kill(signal?: NodeJS.Signals): Promise<ExitStatus>
  /** Sends a signal and does not wait. */
  signal(signal: NodeJS.Signals): void
  /** SIGKILL if it still runs. */
  close(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

/** Starts a process and waits until it is ready. Rejects with its last lines when it ends first. */
export async function startProcess(options: ProcessOptions): Promise<ProcessHarness> {
  const child = spawn(process.execPath, [...options.args], {
    cwd: options.cwd ?? repositoryRoot,
    env: { ...inherited(), ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const forget = atExit(() => child.kill('SIGKILL'))
  const lines = createLines({ stdout: child.stdout, stderr: child.stderr })
  const exited = ending(child).finally(forget)
  // Started or not, whoever does not wait for the end must not be told of it as an unhandled rejection.
  exited.catch(() => {})
  await Promise.race([once(child, 'spawn'), exited])
  const harness = createHarness(child, lines, exited)
  try {
    await ready(harness, options)
  } catch (error) {
    await harness.close()
    throw error
  }
  return harness
}

function createHarness(child: ChildProcess, lines: Lines, exited: Promise<ExitStatus>): ProcessHarness {
  const running = () => child.exitCode === null && child.signalCode === null
  async function kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<ExitStatus> {
    if (running()) child.kill(signal)
    // A stopped process takes other signals only once it runs again.
    if (running() && signal !== 'SIGKILL') child.kill('SIGCONT')
    return exited
  }
  const close = async () => void (await kill())
  return {
    pid: child.pid ?? 0,
    get running() {
      return running()
    },
    exited,
    stdout: lines.stdout,
    stderr: lines.stderr,
    line: (pattern, options = {}) => lines.find(pattern, { ...options, exited }),
    kill,
    signal: (signal) => void child.kill(signal),
    close,
    [Symbol.asyncDispose]: close,
  }
}

async function ending(child: ChildProcess): Promise<ExitStatus> {
  const [code, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null]
  return { code, signal }
}

async function ready(harness: ProcessHarness, options: ProcessOptions): Promise<void> {
  const { ready: wanted, readyTimeoutMs: timeoutMs = 20_000 } = options
  if (wanted === undefined) return
  if (wanted instanceof RegExp) {
    await harness.line(wanted, { timeoutMs })
    return
  }
  await until(async () => !harness.running || (await answers200(wanted)), {
    timeoutMs,
    what: `${wanted} to answer 200 (${options.args[0]})`,
  }).catch((error: unknown) => {
    throw new Error(`${error instanceof Error ? error.message : String(error)}\n${tail(harness)}`, {
      cause: error,
    })
  })
  if (!harness.running) throw new Error(`${options.args[0]} ended before it was ready.\n${tail(harness)}`)
}

async function answers200(url: string): Promise<boolean> {
  const response = await fetch(url, { signal: AbortSignal.timeout(2_000) })
  await response.body?.cancel()
  return response.status === 200
}

function tail(harness: ProcessHarness): string {
  const last = [...harness.stdout.slice(-20), ...harness.stderr.slice(-20)]
  return last.length === 0 ? 'It printed nothing.' : `Its last lines:\n${last.join('\n')}`
}

/** What any program needs to run; no credential or setting of the developer's shell gets into a test. */
function inherited(): Record<string, string> {
  const names = ['PATH', 'HOME', 'TMPDIR', 'LANG', 'SystemRoot', 'NODE_COMPILE_CACHE']
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = process.env[name]
      return value === undefined ? [] : [[name, value]]
    }),
  )
}
