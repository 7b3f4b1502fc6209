import { loadavg } from 'node:os'
import type { JsonObject } from '#contract'
import {
  type GatewayHarness,
  type RedisHarness,
  type SimulatedProviders,
  simulatedConfig,
  startGateway,
  startRedis,
  startSimulatedProviders,
  until,
} from '#testing'
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

export type Stage = {
  readonly providers: SimulatedProviders
  readonly gateway: GatewayHarness
  readonly redis: RedisHarness | undefined
  /** How many requests OpenAI's queue holds: the most of what is reserved and what is in its lists. */
  depth(): Promise<number>
  /** When the breaker of OpenAI's key first opened (epoch ms), as the log of the process that opened it says. */
  breakerOpenedAt(): number | undefined
}

const keyPrefix = 'chaos'

/** Plays one scenario on processes of its own, which end with it. */
export async function onStage(
  setting: Setting,
  play: (stage: Stage) => Promise<readonly Figure[]>,
): Promise<readonly Figure[]> {
  const [load = 0] = loadavg()
  const redis = setting.mode === 'split' ? await startRedis({ appendOnly: true }) : undefined
  const providers = await startSimulatedProviders({ keepCalls: 100_000 })
  const gateway = await startGateway({
    config: configOf(setting, providers),
    ...(redis === undefined
      ? { mode: 'standalone-memory' }
      : { mode: 'split', redisUrl: redis.url, apiCount: 2, workerCount: setting.workerCount ?? 2 }),
  })
  try {
    const figures = await play({
      redis,
      providers,
      gateway,
      depth: () => (redis === undefined ? depthOf(gateway) : depthIn(redis)),
      breakerOpenedAt: () => openedAt(gateway),
    })
    return [...figures, fact('load of the machine before (1 min)', Math.round(load * 100) / 100)]
  } finally {
    await gateway.close()
    await providers.close()
    await redis?.close()
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
    queue: { key_prefix: keyPrefix },
  }
}

const depthScript = `
local lists = redis.call('LLEN', KEYS[2]) + redis.call('ZCARD', KEYS[3]) + redis.call('ZCARD', KEYS[4]) + redis.call('LLEN', KEYS[5])
return math.max(redis.call('ZCARD', KEYS[1]), lists)`

/** At one moment, and not as any of our own counters say. */
async function depthIn(redis: RedisHarness): Promise<number> {
  const bull = (name: string) => `${keyPrefix}:bull:{openai}:${name}`
  const keys = [
    `${keyPrefix}:{openai}:admitted`,
    ...['wait', 'prioritized', 'delayed', 'active'].map((name) => bull(name)),
  ]
  return Number(await redis.command('EVAL', depthScript, String(keys.length), ...keys))
}

async function depthOf(gateway: GatewayHarness): Promise<number> {
  const text = await (await fetch(`${gateway.url}/metrics`)).text()
  const depths = new Map<string, number>()
  for (const line of text.split('\n')) {
    const found = /^bifrost_queue_depth\{.*provider="openai".*\} (\d+)/.exec(line)
    const state = /state="([a-z]+)"/.exec(line)?.[1]
    if (found !== null && state !== undefined) depths.set(state, Number(found[1]))
  }
  const { admitted = 0, waiting = 0, delayed = 0, active = 0 } = Object.fromEntries(depths)
  return Math.max(admitted, waiting + delayed + active)
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
  const isEmpty = async () => (await depth()) === 0
  await until(isEmpty, { timeoutMs, what: 'the queue to be empty' }).catch(() => {})
  return Math.round((performance.now() - startedMs) / 10) / 100
}
