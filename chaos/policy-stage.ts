import type { JsonObject } from '#contract'
import {
  type Call,
  type GatewayHarness,
  keyOf,
  type RedisHarness,
  type SimulatedProviders,
  simulatedKeys,
  startGateway,
  startRedis,
  startSimulatedProviders,
} from '#testing'

/** `split`: 2 API and 2 worker processes with a Redis of their own. `memory`: one process without one. */
export type Mode = 'split' | 'memory'

export type PolicyStage = {
  /** Absent in memory. */
  readonly redis: RedisHarness | undefined
  readonly providers: SimulatedProviders
  readonly gateway: GatewayHarness
  /** Of an API process; requests take turns. */
  url(index: number): string
}

/** What the scenarios of one provider vary. */
export type StageOptions = {
  readonly mode: Mode
  /** Name → weight; a key's value is the simulated one with its name behind it. */
  readonly keys: Readonly<Record<string, number>>
  readonly concurrency: number
  readonly network?: JsonObject
  readonly queue?: JsonObject
}

/** The gateway in that mode, with one provider: openai. */
export async function onPolicyStage<Result>(
  options: StageOptions,
  play: (stage: PolicyStage) => Promise<Result>,
): Promise<Result> {
  await using redis = options.mode === 'split' ? await startRedis() : undefined
  await using providers = await startSimulatedProviders({ keepCalls: 50_000, keepBodyBytes: 0 })
  await using gateway = await startGateway({
    config: configOf(options, providers.url),
    args: ['-log-level', 'error'],
    readyTimeoutMs: 60_000,
    ...(redis === undefined
      ? { mode: 'standalone-memory' }
      : { mode: 'split', redisUrl: redis.url, apiCount: 2, workerCount: 2 }),
  })
  const { apis } = gateway
  return await play({ redis, providers, gateway, url: (index) => apis[index % apis.length]?.url ?? '' })
}

function configOf({ keys, concurrency, network, queue }: StageOptions, baseUrl: string): JsonObject {
  const openai = {
    keys: Object.entries(keys).map(([name, weight]) => ({ name, value: secretOf(name), models: [], weight })),
    network_config: { base_url: baseUrl, ...network },
    concurrency_and_buffer_size: { concurrency, buffer_size: 5_000 },
  }
  return { providers: { openai }, ...(queue !== undefined && { queue }) }
}

/** How many jobs are in that state of the provider's queue; for states that BullMQ keeps in sorted sets. */
export async function jobsIn(stage: PolicyStage, state: 'prioritized' | 'delayed'): Promise<number> {
  const { redis } = stage
  if (redis === undefined) return await depthOf(stage, state === 'prioritized' ? 'waiting' : 'delayed')
  const [key = ''] = (await redis.command('KEYS', `*{openai}:${state}`)).split('\n')
  return key === '' ? 0 : Number(await redis.command('ZCARD', key))
}

/** What the gateway itself says of its queue: waiting, delayed, active or admitted. */
export async function depthOf({ gateway }: PolicyStage, state: string): Promise<number> {
  const text = await (await fetch(`${gateway.url}/metrics`)).text()
  const shown = new RegExp(`^bifrost_queue_depth\\{provider="openai",state="${state}"\\} (\\d+)`, 'm')
  return Number(shown.exec(text)?.[1] ?? 0)
}

/** What the key of that name is at the provider. */
export function secretOf(name: string): string {
  return `${simulatedKeys.openai}-${name}`
}

export function isOfKey(call: Call, name: string): boolean {
  return keyOf(call) === secretOf(name)
}

/** The value below which that part of all values lies; 0 of none. */
export function quantile(values: readonly number[], part: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0
}
