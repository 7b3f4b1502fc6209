import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort, type RedisHarness, repositoryRoot, startRedis } from '../../libs/testing/index.ts'
import { type Child, startChild } from '../children.ts'
import type { Contestant, OwnId, Upstream } from './types.ts'

const workers = 2
const processes = 2

/** What a run wants otherwise than the benchmarks do. */
export type OwnSetup = {
  readonly config?: object
  /** For Node itself, before the entry's file. */
  readonly nodeArgs?: readonly string[]
  readonly env?: Readonly<Record<string, string>>
}

export type OwnContestant = Contestant & {
  readonly redis: RedisHarness | undefined
  /** Where each process answers `/metrics`. */
  readonly urls: Readonly<Record<string, string>>
}

/** Our own processes with their own flags, log level `warn`; a Redis of its own where the mode has one. */
export async function startOwn(id: OwnId, upstream: Upstream, setup: OwnSetup = {}): Promise<OwnContestant> {
  const directory = await mkdtemp(join(tmpdir(), 'bifrost-bench-'))
  const configPath = join(directory, 'config.json')
  await writeFile(configPath, JSON.stringify(setup.config ?? configFor(upstream)))
  const redis = id === 'standalone-redis' || id === 'split' ? await startRedis() : undefined
  const children: (readonly [string, Child])[] = []
  const urls: Record<string, string> = {}
  const close = async () => {
    await Promise.all(children.map(([, child]) => child.close()))
    await redis?.close()
    await rm(directory, { recursive: true, force: true })
  }
  const start = async (name: string, entry: 'standalone' | 'api' | 'worker') => {
    const port = await freePort()
    const more = id === 'standalone-processes' ? ['-processes', String(processes)] : []
    const child = await startEntry({ entry, port, configPath, directory, redis, setup, more })
    children.push([name, child])
    urls[name] = `http://127.0.0.1:${port}`
    return { child, port }
  }
  try {
    for (let number = 1; id === 'split' && number <= workers; number += 1) {
      await start(`worker ${number}`, 'worker')
    }
    const front = id === 'split' ? await start('api', 'api') : await start('standalone', 'standalone')
    const redisPid = redis === undefined ? undefined : await pidOf(redis)
    return {
      id,
      door: {
        url: `http://127.0.0.1:${front.port}`,
        path: '/openai/v1/chat/completions',
        headers: { native: {}, crossing: {} },
        crossingPrefix: 'anthropic/',
      },
      processes: {
        ...Object.fromEntries(children.map(([name, { pid }]) => [name, pid])),
        ...(redisPid !== undefined && { redis: redisPid }),
      },
      readyMs: front.child.readyMs,
      redis,
      urls,
      close,
    }
  } catch (error) {
    await close()
    throw error
  }
}

function startEntry(options: {
  readonly entry: 'standalone' | 'api' | 'worker'
  readonly port: number
  readonly configPath: string
  readonly directory: string
  readonly redis: RedisHarness | undefined
  readonly setup: OwnSetup
  readonly more: readonly string[]
}): Promise<Child> {
  const { entry, port, configPath, directory, redis, setup, more } = options
  const portFlag = entry === 'worker' ? '-metrics-port' : '-port'
  return startChild({
    command: process.execPath,
    args: [
      // As the image starts it, and with its compile cache.
      '--max-semi-space-size=8',
      ...(setup.nodeArgs ?? []),
      join(repositoryRoot, 'apps', entry, 'main.ts'),
      ...['-config', configPath, '-host', '127.0.0.1', portFlag, String(port), '-log-level', 'warn'],
      ...more,
    ],
    // Away from any config.json of the developer's.
    cwd: directory,
    env: {
      NODE_COMPILE_CACHE: join(repositoryRoot, '.compile-cache'),
      ...(redis !== undefined && { REDIS_URL: redis.url }),
      ...setup.env,
    },
    ready: new URL(`http://127.0.0.1:${port}/ready`),
  })
}

function configFor(upstream: Upstream): object {
  const provider = {
    keys: [{ value: 'sk-bench', models: [], weight: 1 }],
    network_config: { base_url: upstream.url },
  }
  return { providers: { openai: provider, anthropic: provider } }
}

async function pidOf(redis: RedisHarness): Promise<number | undefined> {
  const pid = /process_id:(\d+)/.exec(await redis.command('INFO', 'server'))?.[1]
  return pid === undefined ? undefined : Number(pid)
}
