import { loadavg } from 'node:os'
import { join } from 'node:path'
import type { JsonObject } from '#contract'
import {
  freePort,
  type GatewayHarness,
  type RedisHarness,
  repositoryRoot,
  type SimulatedProviders,
  simulatedConfig,
  startGateway,
  startProcess,
  startRedis,
  startSimulatedProviders,
  until,
} from '#testing'
import { ask, type Way } from '../gateway-load.ts'
import { type Figure, fact } from '../scenarios.ts'

/** `split`: 2 API and 2 worker processes with a Redis of their own. `memory`: one process without one. */
export type Mode = 'split' | 'memory'

export type Setting = {
  readonly mode: Mode
  readonly limits: { readonly concurrency: number; readonly buffer_size: number }
  /** Added to each provider's `network_config`. */
  readonly network?: JsonObject
  /** Base URL of OpenAI, where it is not the simulated one. */
  readonly openaiUrl?: string
  readonly routing?: JsonObject
  readonly workerCount?: number
}

/** `admitted`: with a reservation. `listed`: jobs in the queue's lists, those that have just ended included. */
export type Depth = { readonly admitted: number; readonly listed: number }

export type Stage = {
  /** Where a process that only answers can be asked. */
  readonly echoUrl: string
  readonly providers: SimulatedProviders
  readonly gateway: GatewayHarness
  readonly redis: RedisHarness | undefined
  /** How many requests OpenAI's queue holds, at one moment. */
  depth(): Promise<Depth>
  /** When the breaker of OpenAI's key first opened (epoch ms), as the log of the process that opened it says. */
  breakerOpenedAt(): number | undefined
}

const keyPrefix = 'chaos'

const healthy: readonly Way[] = [false, true, false, true].map((stream) => ({
  path: '/openai/v1/chat/completions',
  model: 'anthropic/claude-3-haiku-20240307',
  stream,
}))

/** Plays one scenario on processes of its own, which end with it. */
export async function onStage(
  setting: Setting,
  play: (stage: Stage) => Promise<readonly Figure[]>,
): Promise<readonly Figure[]> {
  const [load = 0] = loadavg()
  const redis = setting.mode === 'split' ? await startRedis({ appendOnly: true }) : undefined
  const echoUrl = `http://127.0.0.1:${await freePort()}`
  const echo = await startProcess({
    args: [join(repositoryRoot, 'chaos/upstream-faults/echo.ts'), new URL(echoUrl).port],
    ready: echoUrl,
  })
  const providers = await startSimulatedProviders({ keepCalls: 100_000 })
  const gateway = await startGateway({
    config: configOf(setting, providers),
    readyTimeoutMs: 60_000,
    ...(redis === undefined
      ? { mode: 'standalone-memory' }
      : { mode: 'split', redisUrl: redis.url, apiCount: 2, workerCount: setting.workerCount ?? 2 }),
  })
  try {
    await warmUp(gateway)
    providers.reset()
    const figures = await play({
      echoUrl,
      redis,
      providers,
      gateway,
      depth: () => (redis === undefined ? depthOf(gateway) : depthIn(redis)),
      breakerOpenedAt: () => openedAt(gateway),
    })
    return [...figures, fact('load of the machine before (1 min)', Math.round(load * 100) / 100)]
  } finally {
    await gateway.close()
    await echo.close()
    await providers.close()
    await redis?.close()
  }
}

/** Code that has never run is slow, on a loaded machine for seconds; what follows is about processes that are at work. */
async function warmUp({ apis }: GatewayHarness): Promise<void> {
  for (let round = 0; round < 20; round++) {
    const asked = apis.flatMap(({ url }) => healthy.map((way) => ask(url, way, 30_000)))
    await Promise.all(asked)
  }
}

function configOf({ limits, network, openaiUrl, routing }: Setting, { url }: SimulatedProviders): JsonObject {
  const config = simulatedConfig(url)
  const providers = Object.entries(config.providers).map(([id, provider]) => {
    const base = id === 'openai' && openaiUrl !== undefined ? openaiUrl : url
    return [
      id,
      {
        ...(provider as JsonObject),
        network_config: { base_url: base, ...network },
        concurrency_and_buffer_size: limits,
      },
    ]
  })
  return {
    ...config,
    providers: Object.fromEntries(providers),
    ...(routing !== undefined && { routing }),
    // Nobody is to be sent away while the slots are counted.
    queue: { key_prefix: keyPrefix, max_wait_in_seconds: 60 },
  }
}

const depthScript = `
local listed = redis.call('LLEN', KEYS[2]) + redis.call('LLEN', KEYS[3])
  + redis.call('ZCARD', KEYS[4]) + redis.call('ZCARD', KEYS[5])
return { redis.call('ZCARD', KEYS[1]), listed }`

/** As Redis has it, not as any of our own counters say. */
async function depthIn(redis: RedisHarness): Promise<Depth> {
  const lists = ['wait', 'active', 'prioritized', 'delayed'].map(
    (name) => `${keyPrefix}:bull:{openai}:${name}`,
  )
  const keys = [`${keyPrefix}:{openai}:admitted`, ...lists]
  const reply = await redis.command('EVAL', depthScript, String(keys.length), ...keys)
  const [admitted = 0, listed = 0] = reply.split('\n').map(Number)
  return { admitted, listed }
}

async function depthOf(gateway: GatewayHarness): Promise<Depth> {
  const text = await (await fetch(`${gateway.url}/metrics`)).text()
  const states = new Map<string, number>()
  for (const line of text.split('\n')) {
    if (!line.startsWith('bifrost_queue_depth{') || !line.includes('provider="openai"')) continue
    states.set(/state="([a-z]+)"/.exec(line)?.[1] ?? '', Number(line.split(' ').at(-1)))
  }
  const of = (state: string) => states.get(state) ?? 0
  return { admitted: of('admitted'), listed: of('waiting') + of('delayed') + of('active') }
}

function openedAt(gateway: GatewayHarness): number | undefined {
  const lines = [...gateway.workers, ...gateway.apis].flatMap(({ stdout }) => stdout)
  const times = lines
    .filter((line) => line.includes('circuit breaker opened') && line.includes('"openai"'))
    .map((line) => timeOf(JSON.parse(line) as { time?: unknown }))
  return times.length === 0 ? undefined : Math.min(...times)
}

function timeOf({ time }: { time?: unknown }): number {
  return typeof time === 'number' ? time : Date.parse(String(time))
}

/** Until the queue is empty; the time that it took, in seconds. */
export async function drained({ depth }: Stage, timeoutMs: number): Promise<number> {
  const startedMs = performance.now()
  const isEmpty = async () => {
    const { admitted, listed } = await depth()
    return admitted + listed === 0
  }
  await until(isEmpty, { timeoutMs, what: 'the queue to be empty' }).catch(() => {})
  return Math.round((performance.now() - startedMs) / 10) / 100
}
