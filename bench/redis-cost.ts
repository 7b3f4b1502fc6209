/**
 * What one request costs each tier of a split gateway, and Redis by command: `node bench/redis-cost.ts`. `--redis two` and
 * `--redis cluster` measure the same over two Redis or a cluster of three nodes; `--write` keeps the figures of one Redis as the inputs
 * of `scaling-plan.ts`.
 */
import { writeFile } from 'node:fs/promises'
import { loadavg } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import {
  type GatewayHarness,
  type RedisHarness,
  startGateway,
  startRedis,
  startRedisCluster,
  until,
} from '../libs/testing/index.ts'
import { startChild } from './children.ts'
import { closedLoop } from './load/closed-loop.ts'
import { createShot } from './load/shots.ts'
import { cpuMicros } from './process-cost.ts'
import type { RequestCost, ScalingInputs } from './scaling-plan.ts'

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '5' },
    redis: { type: 'string', default: 'one' },
    write: { type: 'boolean', default: false },
  },
})
const seconds = Number(values.seconds)
const inputsPath = join(import.meta.dirname, 'scaling-inputs.json')
const waitingJobs = 400

const upstream = await startChild({
  command: process.execPath,
  args: [join(import.meta.dirname, 'upstream/main.ts')],
  ready: 'http',
})
const { url, nodes } = await startServers()
const provider = {
  keys: [{ value: 'sk-bench', models: [], weight: 1 }],
  network_config: { base_url: upstream.stdout.find((line) => line.startsWith('http')) ?? '' },
}
const gateway = await startGateway({
  mode: 'split',
  config: { providers: { openai: provider, anthropic: provider } },
  redisUrl: url,
  workerCount: 2,
  args: ['-log-level', 'warn'],
})
try {
  const chat = await measure('chat', 50)
  const stream = await measure('stream', 100)
  const waitingBytes = await memoryOfWaiting(gateway)
  const loadAverage = Math.round((loadavg()[0] ?? 0) * 10) / 10
  const inputs: ScalingInputs = {
    date: new Date().toISOString().slice(0, 10),
    loadAverage,
    chat,
    stream,
    waitingBytes,
  }
  console.log(`waiting request of 0.2 KB: ${waitingBytes} bytes of Redis`)
  console.log(`load average ${loadAverage}`)
  if (values.write) await writeFile(inputsPath, `${JSON.stringify(inputs, null, 2)}\n`)
} finally {
  await gateway.close()
  await Promise.all([...nodes.map((node) => node.close()), upstream.close()])
}

async function startServers(): Promise<{ readonly url: string; readonly nodes: readonly RedisHarness[] }> {
  if (values.redis === 'cluster') return startRedisCluster()
  const nodes = await Promise.all(values.redis === 'two' ? [startRedis(), startRedis()] : [startRedis()])
  return { url: nodes.map((node) => node.url).join(','), nodes }
}

async function measure(kind: 'chat' | 'stream', connections: number): Promise<RequestCost> {
  const door = {
    url: gateway.url,
    path: '/openai/v1/chat/completions',
    headers: { native: {}, crossing: {} },
    crossingPrefix: 'anthropic/',
  }
  const shot = createShot(door, {
    size: '0.2 KB',
    kind: 'native',
    ...(kind === 'stream' && { stream: 'paced' }),
  })
  await closedLoop(shot, connections, Math.max(2, seconds / 2))
  const before = await facts()
  const { requests, errors } = await closedLoop(shot, connections, seconds)
  const after = await facts()
  const per = (name: keyof typeof before & ('redis' | 'api' | 'worker' | 'bytesIn' | 'bytesOut')) =>
    Math.round((after[name] - before[name]) / requests)
  const cost: RequestCost = {
    redisMicros: per('redis'),
    apiMicros: per('api'),
    workerMicros: per('worker'),
    redisBytesIn: per('bytesIn'),
    redisBytesOut: per('bytesOut'),
  }
  console.log(
    `${kind}: ${requests} requests in ${seconds} s, errors ${JSON.stringify(errors)}\n  ${JSON.stringify(cost)}`,
  )
  const commands = [...after.commands].map(
    ([name, calls]) => [name, (calls - (before.commands.get(name) ?? 0)) / requests] as const,
  )
  const told = commands.filter(([, calls]) => calls >= 0.05).sort((a, b) => b[1] - a[1])
  console.log(`  commands: ${told.map(([name, calls]) => `${name} ${calls.toFixed(2)}`).join(', ')}`)
  return cost
}

async function facts() {
  const infos = await Promise.all(nodes.map((node) => node.command('INFO', 'everything')))
  const sum = (name: string) =>
    infos.reduce((total, info) => total + Number(new RegExp(`${name}:([\\d.]+)`).exec(info)?.[1] ?? 0), 0)
  const commands = new Map<string, number>()
  for (const info of infos) {
    for (const [, name = '', calls] of info.matchAll(/cmdstat_([\w|-]+):calls=(\d+)/g))
      commands.set(name, (commands.get(name) ?? 0) + Number(calls))
  }
  const cpuOf = (processes: GatewayHarness['apis']) =>
    processes.reduce((total, { pid }) => total + cpuMicros(pid), 0)
  return {
    // Of all its threads: the main one does the work.
    redis: (sum('used_cpu_user') + sum('used_cpu_sys')) * 1_000_000,
    api: cpuOf(gateway.apis),
    worker: cpuOf(gateway.workers),
    bytesIn: sum('total_net_input_bytes'),
    bytesOut: sum('total_net_output_bytes'),
    commands,
  }
}

/** With no worker left, what Redis holds for each request that waits. */
async function memoryOfWaiting({ workers, url: api }: GatewayHarness): Promise<number> {
  await Promise.all(workers.map((worker) => worker.kill('SIGTERM')))
  const used = async () => {
    const infos = await Promise.all(nodes.map((node) => node.command('INFO', 'memory')))
    return infos.reduce((sum, info) => sum + Number(/used_memory:(\d+)/.exec(info)?.[1]), 0)
  }
  const depth = async () => {
    const text = await (await fetch(`${api}/metrics`)).text()
    return Number(
      /bifrost_queue_depth\{[^}]*provider="openai"[^}]*state="waiting"[^}]*\} (\d+)/.exec(text)?.[1],
    )
  }
  const before = await used()
  const leave = new AbortController()
  const body = JSON.stringify({
    model: 'gpt-4o-mini',
    messages: [{ role: 'user', content: 'x'.repeat(140) }],
  })
  const asked = Array.from({ length: waitingJobs }, () =>
    fetch(`${api}/openai/v1/chat/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
      signal: leave.signal,
    }).catch(() => {}),
  )
  await until(async () => (await depth()) === waitingJobs, { what: 'all to wait', timeoutMs: 20_000 })
  const bytes = Math.round(((await used()) - before) / waitingJobs)
  leave.abort()
  await Promise.all(asked)
  return bytes
}
