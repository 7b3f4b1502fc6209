import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { connect } from 'node:net'
import { basename } from 'node:path'

export type Child = {
  readonly pid: number
  /** From the spawn to the first 200. */
  readonly readyMs: number
  readonly stdout: readonly string[]
  /** SIGTERM, and SIGKILL when that is not enough. */
  close(): Promise<void>
}

export type ChildOptions = {
  readonly command: string
  readonly args: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  readonly cwd?: string
  /** A URL that answers 200, or a start of a line on stdout. */
  readonly ready: URL | string
  readonly timeoutMs?: number
}

const running = new Set<ChildProcess>()
process.on('exit', () => {
  for (const child of running) signalAll(child, 'SIGKILL')
})
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => process.exit(130))

/** Starts any program and waits until it is ready. Rejects with its last lines when it ends first. */
export async function startChild(options: ChildOptions): Promise<Child> {
  const startedMs = performance.now()
  const child = spawn(options.command, [...options.args], {
    ...(options.cwd !== undefined && { cwd: options.cwd }),
    env: { ...inherited(), ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
    // A group of its own, so that the workers which some servers start end with them.
    detached: true,
  })
  running.add(child)
  const exited = once(child, 'close').finally(() => running.delete(child))
  exited.catch(() => {})
  const stdout: string[] = []
  const last: string[] = []
  const keep = (lines: string[]) => (text: string) => {
    lines.push(...text.split('\n').filter((line) => line !== ''))
    lines.splice(0, lines.length - 40)
  }
  child.stdout.setEncoding('utf8').on('data', keep(stdout))
  child.stderr.setEncoding('utf8').on('data', keep(last))
  await Promise.race([once(child, 'spawn'), exited])

  const alive = () => child.exitCode === null && child.signalCode === null
  const close = async () => {
    if (!alive()) return
    signalAll(child, 'SIGTERM')
    const kill = setTimeout(() => signalAll(child, 'SIGKILL'), 5_000)
    await exited
    clearTimeout(kill)
  }
  const deadline = startedMs + (options.timeoutMs ?? 30_000)
  while (!(await isReady(options.ready, stdout))) {
    if (!alive() || performance.now() > deadline) {
      await close()
      const seconds = Math.round((performance.now() - startedMs) / 1_000)
      const why = `${basename(options.command)} was not ready after ${seconds} s`
      throw new Error([why, ...stdout.slice(-10), ...last.slice(-20)].join('\n'))
    }
    await new Promise((resolve) => setTimeout(resolve, 4))
  }
  return { pid: child.pid ?? 0, readyMs: performance.now() - startedMs, stdout, close }
}

/** To a child and the processes that it started. */
function signalAll(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return
  try {
    process.kill(-child.pid, signal)
  } catch (error) {
    // It ended in the meantime.
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}

function isReady(ready: URL | string, stdout: readonly string[]): Promise<boolean> | boolean {
  return typeof ready === 'string' ? stdout.some((line) => line.startsWith(ready)) : answers200(ready)
}

/** Asked on a raw socket every few milliseconds: `fetch` would take its share of the CPU that a start needs. */
function answers200(url: URL): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: url.hostname, port: Number(url.port) })
    socket.setTimeout(2_000, () => socket.destroy())
    socket.on('connect', () =>
      socket.write(`GET ${url.pathname} HTTP/1.1\r\nhost: ${url.host}\r\nconnection: close\r\n\r\n`),
    )
    socket.once('data', (piece: Buffer) => {
      resolve(piece.toString('latin1', 9, 12) === '200')
      socket.destroy()
    })
    socket.on('error', () => socket.destroy())
    socket.on('close', () => resolve(false))
  })
}

/** What any program needs to run; no credential or setting of the developer's shell gets into a measurement. */
function inherited(): Record<string, string> {
  const names = ['PATH', 'HOME', 'TMPDIR', 'LANG']
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = process.env[name]
      return value === undefined ? [] : [[name, value]]
    }),
  )
}
