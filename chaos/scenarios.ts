import { setTimeout as delay } from 'node:timers/promises'
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
import { ask, type Outcome, type Way, ways } from './gateway-load.ts'

export const concurrency = 40
const requests = 1_000
/** A request that has nothing after this long hangs. */
const hangMs = 30_000

export type Figure = {
  readonly name: string
  readonly measured: number | string
  readonly goal: string
  readonly good: boolean
}

type Stage = {
  readonly redis: RedisHarness
  readonly providers: SimulatedProviders
  readonly gateway: GatewayHarness
}

/** 1,000 concurrent mixed requests through 2 API and 2 worker processes. */
export async function load(): Promise<readonly Figure[]> {
  return onStage(async ({ gateway, providers }) => {
    const outcomes = await Promise.all(volley(gateway, requests))
    const stats = providers.stats()
    const calls = callsByNonce(providers)
    return [
      count('answers that belong to their request', outcomes, 'answer', requests),
      figure('mixed up', outcomes.filter(({ kind }) => kind === 'mixup').length, '0', (value) => value === 0),
      figure(
        'lost (neither answer nor error)',
        outcomes.filter(({ kind }) => kind === 'broken').length,
        '0',
        (value) => value === 0,
      ),
      figure('upstream calls per request, most', Math.max(...calls.values()), '1', (value) => value === 1),
      figure(
        'openai calls at once, most',
        stats.openai.maxRunning,
        `≤ ${concurrency}`,
        (value) => value <= concurrency,
      ),
      figure(
        'anthropic calls at once, most',
        stats.anthropic.maxRunning,
        `≤ ${concurrency}`,
        (value) => value <= concurrency,
      ),
      fact('slowest answer (s)', slowest(outcomes)),
    ]
  })
}

/** The same load; one worker is killed with SIGKILL in the middle of it. */
export async function killWorker(): Promise<readonly Figure[]> {
  return onStage(async ({ gateway, providers }) => {
    const volleyed = volley(gateway, requests)
    await providers.callsStarted(200)
    gateway.workers[0]?.kill('SIGKILL')
    const killedAtMs = performance.now()
    const outcomes = await Promise.all(volleyed)
    const freeAtMs = await whenFree(gateway)
    const errors = outcomes.filter(({ kind }) => kind === 'error')
    const lastErrorS = Math.max(0, ...errors.map(({ endedAtMs }) => (endedAtMs - killedAtMs) / 1_000))
    const calls = callsByNonce(providers)
    const codes = new Set(errors.map(({ status, code }) => `${status} ${code}`))
    return [
      fact('answers', outcomes.filter(({ kind }) => kind === 'answer').length),
      figure('clear errors', `${errors.length} (${[...codes].join(', ')})`, '> 0', () => errors.length > 0),
      figure(
        'answers + errors',
        outcomes.filter(({ kind }) => kind === 'answer' || kind === 'error').length,
        String(requests),
        (value) => value === requests,
      ),
      figure('upstream calls per request, most', Math.max(...calls.values()), '1', (value) => value === 1),
      figure('last error after the kill (s)', round(lastErrorS), '≤ 8', (value) => value <= 8),
      fact(
        'queue empty after the kill (s), the rest of the load included',
        round((freeAtMs - killedAtMs) / 1_000),
      ),
      fact('slowest answer (s)', slowest(outcomes)),
    ]
  })
}

/** One worker killed while the queue is full of its jobs and nothing else runs: when is its last slot free? */
export async function deadSlots(): Promise<readonly Figure[]> {
  return onStage(async ({ gateway, providers }) => {
    const way: Way = {
      path: '/openai/v1/chat/completions',
      model: 'gpt-4o-mini-simulated-hang',
      stream: false,
    }
    const held = Array.from({ length: concurrency }, () => ask(gateway.url, way, hangMs))
    await providers.callsStarted(concurrency)
    const next = { ...way, model: 'gpt-4o-mini' }
    for (const worker of gateway.workers.slice(1)) worker.kill('SIGKILL')
    await gateway.startWorker()
    await until(async () => (await activeOf(gateway)) === concurrency)
    gateway.workers[0]?.kill('SIGKILL')
    const killedAtMs = performance.now()
    const waited = await ask(gateway.url, next, hangMs)
    const outcomes = await Promise.all(held)
    const last = Math.max(...outcomes.map(({ endedAtMs }) => endedAtMs))
    return [
      figure(
        'callers of the dead workers told',
        outcomes.filter(({ kind }) => kind === 'error').length,
        String(concurrency),
        (value) => value === concurrency,
      ),
      figure('last of them told after (s)', round((last - killedAtMs) / 1_000), '≤ 8', (value) => value <= 8),
      figure(
        'an unrelated request behind them answered after (s)',
        round((waited.endedAtMs - killedAtMs) / 1_000),
        '≤ 8',
        (value) => value <= 8 && waited.kind === 'answer',
      ),
    ]
  })
}

/** Redis ends and comes back after 2 s while requests go on: how fast is the refusal, how fast the recovery? */
export async function redisAway(): Promise<readonly Figure[]> {
  return onStage(async ({ gateway, redis }) => {
    const way: Way = { path: '/openai/v1/chat/completions', model: 'gpt-4o-mini', stream: false }
    await ask(gateway.url, way, hangMs)
    await redis.kill()
    const refusals = await Promise.all(Array.from({ length: 20 }, () => ask(gateway.url, way, hangMs)))
    await delay(2_000)
    await redis.start()
    const backAtMs = performance.now()
    const back = await firstAnswer(gateway, way)
    await redis.freeze()
    const frozen = await Promise.all(Array.from({ length: 20 }, () => ask(gateway.url, way, hangMs)))
    await redis.thaw()
    const thawedAtMs = performance.now()
    const thawed = await firstAnswer(gateway, way)
    return [
      figure(
        'refusals while Redis is gone, all 503',
        refusals.filter(({ status }) => status === 503).length,
        '20',
        (value) => value === 20,
      ),
      figure('slowest of them (s)', slowest(refusals), '≤ 1.1', (value) => value <= 1.1),
      figure(
        'first answer after Redis is back (s)',
        round((back - backAtMs) / 1_000),
        '≤ 2',
        (value) => value <= 2,
      ),
      figure(
        'refusals while Redis is frozen, all 503',
        frozen.filter(({ status }) => status === 503).length,
        '20',
        (value) => value === 20,
      ),
      figure('slowest of them (s)', slowest(frozen), '≤ 1.1', (value) => value <= 1.1),
      figure(
        'first answer after the thaw (s)',
        round((thawed - thawedAtMs) / 1_000),
        '≤ 2',
        (value) => value <= 2,
      ),
    ]
  })
}

async function onStage(play: (stage: Stage) => Promise<readonly Figure[]>): Promise<readonly Figure[]> {
  const redis = await startRedis({ appendOnly: true })
  const providers = await startSimulatedProviders()
  const config = simulatedConfig(providers.url)
  const limits = { concurrency_and_buffer_size: { concurrency, buffer_size: 5_000 } }
  const limited = Object.fromEntries(
    Object.entries(config.providers).map(([id, provider]) => [id, { ...(provider as object), ...limits }]),
  )
  const gateway = await startGateway({
    mode: 'split',
    config: { ...config, providers: limited },
    redisUrl: redis.url,
    apiCount: 2,
    workerCount: 2,
  })
  try {
    return await play({ redis, providers, gateway })
  } finally {
    await gateway.close()
    await providers.close()
    await redis.close()
  }
}

function volley(gateway: GatewayHarness, count: number): Promise<Outcome>[] {
  return Array.from({ length: count }, (_, index) => {
    const api = gateway.apis[index % gateway.apis.length]
    const way = ways[index % ways.length]
    if (api === undefined || way === undefined) throw new Error('no API process')
    return ask(api.url, way, hangMs)
  })
}

async function firstAnswer(gateway: GatewayHarness, way: Way): Promise<number> {
  for (;;) {
    const outcome = await ask(gateway.url, way, hangMs)
    if (outcome.kind === 'answer') return outcome.endedAtMs
    await delay(20)
  }
}

async function activeOf(gateway: GatewayHarness): Promise<number> {
  const text = await (await fetch(`${gateway.url}/metrics`)).text()
  const lines = text
    .split('\n')
    .filter((line) => line.startsWith('bifrost_queue_depth') && line.includes('"active"'))
  return lines.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0)
}

async function whenFree(gateway: GatewayHarness): Promise<number> {
  await until(async () => (await activeOf(gateway)) === 0, { timeoutMs: hangMs })
  return performance.now()
}

function callsByNonce(providers: SimulatedProviders): Map<string, number> {
  const calls = new Map<string, number>()
  for (const { nonce } of providers.calls)
    if (nonce !== undefined) calls.set(nonce, (calls.get(nonce) ?? 0) + 1)
  return calls
}

function count(name: string, outcomes: readonly Outcome[], kind: Outcome['kind'], goal: number): Figure {
  return figure(
    name,
    outcomes.filter((outcome) => outcome.kind === kind).length,
    String(goal),
    (value) => value === goal,
  )
}

/** Something measured that has no goal: printed, never judged. */
export function fact(name: string, measured: number): Figure {
  return { name, measured, goal: '', good: true }
}

export function figure<T extends number | string>(
  name: string,
  measured: T,
  goal: string,
  judge: (value: T) => boolean,
): Figure {
  return { name, measured, goal, good: judge(measured) }
}

function slowest(outcomes: readonly Outcome[]): number {
  return round(Math.max(...outcomes.map(({ startedAtMs, endedAtMs }) => endedAtMs - startedAtMs)) / 1_000)
}

function round(seconds: number): number {
  return Math.round(seconds * 100) / 100
}
