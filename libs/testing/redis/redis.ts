import { until } from '../conditions.ts'
import { freePort } from '../ports.ts'
import { ensureRedis, type RedisSource } from './find-redis.ts'
import type { RedisLauncher, RedisSettings } from './launcher.ts'
import { redisCommand } from './redis-command.ts'
import { createRedisContainer } from './redis-docker.ts'
import { createRedisProcess } from './redis-process.ts'

export type RedisOptions = {
  /** Absent = any free one. */
  readonly port?: number
  /** Keeps data over `stop`, `kill` and `start` (off). */
  readonly appendOnly?: boolean
  /** Further `redis-server` arguments, for example `['--maxmemory', '10mb']`. */
  readonly args?: readonly string[]
  /** Absent = what this machine has. */
  readonly source?: Extract<RedisSource, { kind: 'process' | 'docker' }>
}

/**
 * A real Redis of one's own, `save ''`, `noeviction`, on 127.0.0.1.
 *
 *   running --stop|kill--> down --start--> running      running --freeze--> frozen --thaw--> running
 *   any --close--> gone
 *
 * Every method resolves when the new state holds: after `start` and `thaw` Redis answers.
 */
export type RedisHarness = {
  readonly url: string
  readonly port: number
  readonly source: RedisSource['kind']
  stop(): Promise<void>
  /** On the same port, so that clients find it again. */
  start(): Promise<void>
  /** SIGKILL. */
  kill(): Promise<void>
  /** SIGSTOP: connections stay open and nobody answers. */
  freeze(): Promise<void>
  thaw(): Promise<void>
  /** One command on a connection of its own, the reply as text. */
  command(...command: readonly string[]): Promise<string>
  close(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

/** Starts a Redis. Rejects saying what to install, or with Redis' last words. */
export async function startRedis(options: RedisOptions = {}): Promise<RedisHarness> {
  const source = options.source ?? (await ensureRedis())
  // Another process may take a free port before Redis does.
  for (let attempt = 1; ; attempt++) {
    const port = options.port ?? (await freePort())
    const launcher = createLauncher(source, {
      port,
      appendOnly: options.appendOnly ?? false,
      args: options.args ?? [],
    })
    try {
      await startAndWait(launcher, port)
      return harness(launcher, port, source.kind)
    } catch (error) {
      await launcher.remove()
      if (options.port !== undefined || attempt === 3) throw error
    }
  }
}

function createLauncher(
  source: Extract<RedisSource, { kind: 'process' | 'docker' }>,
  settings: RedisSettings,
): RedisLauncher {
  return source.kind === 'process'
    ? createRedisProcess(source.command, settings)
    : createRedisContainer(source.image, settings)
}

function harness(launcher: RedisLauncher, port: number, source: RedisSource['kind']): RedisHarness {
  let removed: Promise<void> | undefined
  const close = () => {
    removed ??= launcher.remove()
    return removed
  }
  return {
    url: `redis://127.0.0.1:${port}`,
    port,
    source,
    stop: () => launcher.stop(),
    start: () => startAndWait(launcher, port),
    kill: () => launcher.kill(),
    freeze: () => launcher.freeze(),
    async thaw() {
      await launcher.thaw()
      await answers(launcher, port)
    },
    command: (...command) => redisCommand(port, command),
    close,
    [Symbol.asyncDispose]: close,
  }
}

async function startAndWait(launcher: RedisLauncher, port: number): Promise<void> {
  await launcher.start()
  await answers(launcher, port)
}

async function answers(launcher: RedisLauncher, port: number): Promise<void> {
  let lastWords: string | undefined
  await until(
    async () => {
      lastWords = await launcher.exited()
      if (lastWords !== undefined) return true
      // While it loads an append-only file it answers with an error.
      return (await redisCommand(port, ['PING'])) === 'PONG'
    },
    { what: `Redis to answer on port ${port}`, timeoutMs: 15_000 },
  )
  if (lastWords !== undefined)
    throw new Error(`Redis ended instead of answering on port ${port}: ${lastWords}`)
}

/** The variable under which the test runner tells test files about the Redis that it started. */
export const sharedRedisVariable = 'BIFROST_TEST_REDIS_URL'

let shared: Promise<string> | undefined

/**
 * A Redis for tests that only need one to be there: the runner's, else one for this process. Others use it at the same
 * time: choose a key prefix of your own, and never flush, stop or reconfigure it.
 */
export function sharedRedisUrl(): Promise<string> {
  const given = process.env[sharedRedisVariable]
  if (given !== undefined && given !== '') return Promise.resolve(given)
  shared ??= startRedis().then((redis) => redis.url)
  return shared
}
