import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { atExit } from '../cleanup.ts'
import { type RedisLauncher, type RedisSettings, redisArguments } from './launcher.ts'

/** Runs `redis-server` (or `valkey-server`) as a child in a directory of its own. */
export function createRedisProcess(command: string, settings: RedisSettings): RedisLauncher {
  const directory = mkdtempSync(join(tmpdir(), 'bifrost-redis-'))
  let child: ChildProcess | undefined
  let lastWords = ''

  function removeNow(): void {
    child?.kill('SIGKILL')
    rmSync(directory, { recursive: true, force: true })
  }
  const forget = atExit(removeNow)

  async function end(signal: NodeJS.Signals): Promise<void> {
    const ending = child
    if (ending === undefined || ending.exitCode !== null || ending.signalCode !== null) return
    // Without a reference the event loop could end before the child does.
    ending.ref()
    const exited = once(ending, 'exit')
    ending.kill(signal)
    // A frozen process takes SIGTERM only once it runs again.
    ending.kill('SIGCONT')
    await exited
  }

  return {
    async start() {
      const place = ['--port', String(settings.port), '--bind', '127.0.0.1', '--dir', directory]
      lastWords = ''
      child = spawn(command, [...place, ...redisArguments(settings)], { stdio: ['ignore', 'pipe', 'ignore'] })
      child.stdout?.on('data', (text: Buffer) => {
        lastWords = (lastWords + text.toString()).slice(-2_000)
      })
      await once(child, 'spawn')
      // The harness alone must not keep a test file's process alive.
      child.unref()
      const output = child.stdout as unknown as { unref?: () => void }
      output.unref?.()
    },
    stop: () => end('SIGTERM'),
    kill: () => end('SIGKILL'),
    freeze: async () => void child?.kill('SIGSTOP'),
    thaw: async () => void child?.kill('SIGCONT'),
    exited: async () => (child?.exitCode === null && child.signalCode === null ? undefined : lastWords),
    async remove() {
      await end('SIGKILL')
      removeNow()
      forget()
    },
  }
}
