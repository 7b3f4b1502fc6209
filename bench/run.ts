import { mkdirSync, writeFileSync } from 'node:fs'
import { cpus, totalmem } from 'node:os'
import { join } from 'node:path'
import {
  type GatewayHarness,
  type GatewayMode,
  gatewayModes,
  type RedisHarness,
  repositoryRoot,
  simulatedConfig,
  startGateway,
  startProcess,
  startRedis,
} from '#testing'
import { closedLoop, type LoadResult, openLoop, percentile } from './load.ts'
import { cpuMicros, residentMegabytes } from './process-cost.ts'

/**
 * `npm run bench`: native unary chat, CPU per request over all the gateway's processes, Redis included, as
 * bench/README.md describes. `-- --quick` measures for 3 s instead of 10 and once instead of three times.
 */
const quick = process.argv.includes('--quick')
const seconds = quick ? 3 : 10
const rounds = quick ? 1 : 3
const connections = 50
const openLoopPerSecond = 500

type Row = {
  readonly name: string
  readonly perSecond: number
  readonly cpuMicros: Readonly<Record<string, number>>
  readonly p50: number
  readonly p99: number
  readonly rss: Readonly<Record<string, number>>
  readonly errors: number
}

/** Something that answers chat completions, and the processes whose cost is counted. */
type Contestant = {
  readonly url: string
  readonly pids: readonly (readonly [string, number])[]
  close(): Promise<void>
}

async function startFloor(upstreamUrl: string): Promise<Contestant> {
  const floor = await startProcess({
    args: [join(repositoryRoot, 'bench/floor.ts'), upstreamUrl],
    ready: /^http/,
  })
  const url = floor.stdout.find((line) => line.startsWith('http')) ?? ''
  return { url, pids: [['proxy', floor.pid]], close: () => floor.close() }
}

async function startMode(mode: GatewayMode, upstreamUrl: string): Promise<Contestant> {
  const redis = mode === 'standalone-memory' ? undefined : await startRedis()
  const gateway = await startGateway({
    mode,
    config: simulatedConfig(upstreamUrl),
    args: ['-log-level', 'warn'],
    ...(redis !== undefined && { redisUrl: redis.url }),
  })
  return {
    url: gateway.url,
    pids: await processesOf(gateway, redis),
    async close() {
      await gateway.close()
      await redis?.close()
    },
  }
}

async function measure(name: string, contestant: Contestant): Promise<Row> {
  const { url, pids } = contestant
  try {
    await closedLoop(url, connections, 3)
    const before = pids.map(([, pid]) => cpuMicros(pid))
    const closed = await closedLoop(url, connections, seconds)
    const spent = pids.map(([part, pid], index) => [part, cpuMicros(pid) - (before[index] ?? 0)] as const)
    const open = await openLoop(url, openLoopPerSecond, seconds)
    return {
      name,
      perSecond: Math.round(closed.requests / closed.seconds),
      cpuMicros: Object.fromEntries(
        spent.map(([part, micros]) => [part, Math.round(micros / closed.requests)]),
      ),
      ...latencyOf(open),
      rss: Object.fromEntries(pids.map(([part, pid]) => [part, Math.round(residentMegabytes(pid))])),
      errors: closed.errors + open.errors,
    }
  } finally {
    await contestant.close()
  }
}

function latencyOf(load: LoadResult): { readonly p50: number; readonly p99: number } {
  const round = (value: number) => Math.round(value * 100) / 100
  return { p50: round(percentile(load.latencies, 0.5)), p99: round(percentile(load.latencies, 0.99)) }
}

async function processesOf(
  gateway: GatewayHarness,
  redis: RedisHarness | undefined,
): Promise<readonly (readonly [string, number])[]> {
  const names = gateway.mode === 'split' ? 'api' : 'standalone'
  const pids: [string, number][] = []
  for (const api of gateway.apis) pids.push([names, api.pid])
  for (const worker of gateway.workers) pids.push(['worker', worker.pid])
  const info = redis === undefined ? undefined : await redis.command('INFO', 'server')
  const redisPid = /process_id:(\d+)/.exec(info ?? '')?.[1]
  if (redisPid !== undefined) pids.push(['redis', Number(redisPid)])
  return pids
}

function median(rows: readonly Row[]): Row {
  const sorted = [...rows].sort((a, b) => total(a.cpuMicros) - total(b.cpuMicros))
  const middle = sorted[Math.floor(sorted.length / 2)]
  if (middle === undefined) throw new Error('nothing was measured')
  return middle
}

const total = (values: Readonly<Record<string, number>>) =>
  Object.values(values).reduce((sum, value) => sum + value, 0)
const parts = (values: Readonly<Record<string, number>>) =>
  Object.entries(values)
    .map(([name, value]) => `${name} ${value}`)
    .join(' + ')

const upstream = await startProcess({ args: [join(repositoryRoot, 'bench/upstream.ts')], ready: /^http/ })
const upstreamUrl = upstream.stdout.find((line) => line.startsWith('http')) ?? ''
const contestants: Readonly<Record<string, () => Promise<Contestant>>> = {
  'plain proxy (floor)': () => startFloor(upstreamUrl),
  ...Object.fromEntries(gatewayModes.map((mode) => [mode, () => startMode(mode, upstreamUrl)])),
}
const rows: Row[] = []
for (let round = 0; round < rounds; round += 1) {
  for (const [name, start] of Object.entries(contestants)) {
    const row = await measure(name, await start())
    rows.push(row)
    console.log(
      `${name}: ${row.perSecond}/s, ${total(row.cpuMicros)} µs (${parts(row.cpuMicros)}), p50 ${row.p50} ms, p99 ${row.p99} ms`,
    )
  }
}
await upstream.close()

console.log(
  '\n| gateway | requests/s, 50 connections | CPU µs/request | p50 / p99 ms at 500/s | RSS MB | errors |',
)
console.log('|---|---|---|---|---|---|')
const medians = Object.keys(contestants).map((name) => median(rows.filter((row) => row.name === name)))
for (const row of medians) {
  const spread = rows.filter(({ name }) => name === row.name).map(({ cpuMicros: each }) => total(each))
  const cpu = `**${total(row.cpuMicros)}** = ${parts(row.cpuMicros)} (${Math.min(...spread)}–${Math.max(...spread)})`
  console.log(
    `| ${row.name} | ${row.perSecond} | ${cpu} | ${row.p50} / ${row.p99} | ${parts(row.rss)} | ${row.errors} |`,
  )
}
const machine = `${cpus().length} × ${cpus()[0]?.model.trim()}, ${Math.round(totalmem() / 2 ** 30)} GiB, Node ${process.version}`
console.log(`\n${machine}; ${rounds} rounds of ${seconds} s, medians by CPU`)
const results = join(repositoryRoot, 'bench/results')
mkdirSync(results, { recursive: true })
const file = join(results, `${new Date().toISOString().slice(0, 10)}${quick ? '-quick' : ''}.json`)
writeFileSync(file, `${JSON.stringify({ machine, rounds, seconds, connections, rows }, null, 2)}\n`)
