/**
 * Writes the plan into docs/scaling.md, and prints it, from what `redis-cost.ts --write` has measured:
 * `node bench/scaling-plan.ts`.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** What one request takes. */
export type RequestCost = {
  readonly redisMicros: number
  readonly apiMicros: number
  readonly workerMicros: number
  readonly redisBytesIn: number
  readonly redisBytesOut: number
}

export type ScalingInputs = {
  readonly date: string
  /** Of the machine while it was measured: well below its cores, or the figures are too high. */
  readonly loadAverage: number
  /** A whole answer; a stream of 51 chunks. */
  readonly chat: RequestCost
  readonly stream: RequestCost
  /** What Redis holds for a request of 0.2 KB that waits. */
  readonly waitingBytes: number
}

/** The rest of a core is for bursts, and for the pod that is being replaced. */
const load = 0.6
/** Requests that wait at worst: two seconds' worth. */
const waitSeconds = 2
/** Of one process: to each Redis a producer and a subscriber; a worker has a consumer and a blocking connection beside them. */
const connectionsOf = { api: 2, worker: 4 } as const

export type PlanLine = {
  readonly perSecond: number
  readonly redis: number
  readonly api: number
  readonly workers: number
  readonly megabitsPerRedis: number
  readonly connectionsPerRedis: number
  readonly waitingMegabytes: number
}

export function planFor(inputs: ScalingInputs, perSecond: number, streamShare: number): PlanLine {
  const mixed = (name: keyof RequestCost) =>
    inputs.chat[name] * (1 - streamShare) + inputs.stream[name] * streamShare
  const cores = (micros: number) => Math.max(1, Math.ceil((perSecond * micros) / 1_000_000 / load - 1e-9))
  const redis = cores(mixed('redisMicros'))
  const api = Math.max(2, cores(mixed('apiMicros')))
  const workers = Math.max(2, cores(mixed('workerMicros')))
  const bytes = mixed('redisBytesIn') + mixed('redisBytesOut')
  return {
    perSecond,
    redis,
    api,
    workers,
    megabitsPerRedis: Math.round((perSecond * bytes * 8) / redis / 1_000_000),
    connectionsPerRedis: api * connectionsOf.api + workers * connectionsOf.worker,
    waitingMegabytes: Math.ceil((perSecond * waitSeconds * inputs.waitingBytes) / redis / 1_000_000),
  }
}

function table(inputs: ScalingInputs, streamShare: number): string {
  const lines = [1_000, 10_000, 50_000, 100_000].map((perSecond) => planFor(inputs, perSecond, streamShare))
  return [
    '| requests/s | Redis (one core each) | API processes | worker processes | Mbit/s per Redis | connections per Redis | waiting, MB per Redis |',
    '| --- | --- | --- | --- | --- | --- | --- |',
    ...lines.map(
      (line) =>
        `| ${line.perSecond.toLocaleString('en')} | ${line.redis} | ${line.api} | ${line.workers} | ${line.megabitsPerRedis} | ${line.connectionsPerRedis} | ${line.waitingMegabytes} |`,
    ),
  ].join('\n')
}

/** All of it, as it stands in the page. */
export function planText(inputs: ScalingInputs): string {
  const perCore = (cost: RequestCost) =>
    Math.round((1_000_000 * load) / cost.redisMicros).toLocaleString('en')
  const costs = (['chat', 'stream'] as const).map((kind) => {
    const { redisMicros, apiMicros, workerMicros, redisBytesIn, redisBytesOut } = inputs[kind]
    const bytes = `${redisBytesIn.toLocaleString('en')} + ${redisBytesOut.toLocaleString('en')}`
    return `| ${kind} | ${redisMicros} | ${apiMicros} | ${workerMicros} | ${bytes} | ${perCore(inputs[kind])} |`
  })
  return [
    `Measured ${inputs.date} with a load average of ${inputs.loadAverage}; ${inputs.waitingBytes.toLocaleString('en')} bytes of Redis for each request of 0.2 KB that waits.`,
    '',
    `| one request | Redis CPU µs | API CPU µs | worker CPU µs | bytes into + out of Redis | per Redis core at ${load * 100} %, per second |`,
    '| --- | --- | --- | --- | --- | --- |',
    ...costs,
    ...[0, 0.3, 1].flatMap((share) => [
      '',
      `Streams: ${share * 100} % of the requests.`,
      '',
      table(inputs, share),
    ]),
  ].join('\n')
}

const marks = ['<!-- plan: node bench/scaling-plan.ts -->', '<!-- end of plan -->'] as const

/** The page with the plan of these inputs. */
export function withPlan(page: string, inputs: ScalingInputs): string {
  const [before = '', rest = ''] = page.split(marks[0])
  const [, after] = rest.split(marks[1])
  if (after === undefined) throw new Error(`docs/scaling.md has lost ${marks.join(' or ')}`)
  return `${before}${marks[0]}\n\n${planText(inputs)}\n\n${marks[1]}${after}`
}

export function readInputs(): ScalingInputs {
  return JSON.parse(readFileSync(join(import.meta.dirname, 'scaling-inputs.json'), 'utf8')) as ScalingInputs
}

export const pagePath = join(import.meta.dirname, '../docs/scaling.md')

if (import.meta.main) {
  const inputs = readInputs()
  writeFileSync(pagePath, withPlan(readFileSync(pagePath, 'utf8'), inputs))
  console.log(planText(inputs))
}
