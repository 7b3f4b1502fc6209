import { readFile } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'
import { type Call, until } from '#testing'
import { type Caller, call } from './caller.ts'
import { depthOf, jobsIn, type Mode, onPolicyStage, type PolicyStage, quantile } from './policy-stage.ts'
import { type Figure, fact, figure, round } from './scenarios.ts'

const tenants = 5
const concurrency = 150
/** Those who come and go at any time; the rest of the 2,000 meets a full house. */
const passing = 1_500
const queued = 350
const arrivalMs = 20_000
const longestStayMs = 8_000
const goingMs = 2_000
/** Longer than anybody stays, so that everybody leaves before the end. */
const behaviour = { delayMs: 1_000, chunkDelayMs: 800, chunks: 24 }

/**
 * 2,000 callers leave wherever their request is then. 1,500 of them come within 20 s and stay for 0 to 8 s; then 150 take
 * every slot, 350 wait behind them and leave first: no slot is free meanwhile, so none of these may be asked for.
 */
export function leaving(mode: Mode): Promise<readonly Figure[]> {
  const queue = { tenant_share: 0.5 }
  return onPolicyStage({ mode, keys: { a: 1, b: 1 }, concurrency, queue }, async (stage) => {
    stage.providers.script({ behaviour })
    const starvation = watchStarvation(stage)
    const passers = await comeAndLeave(stage)
    const house = await fullHouse(stage)
    const emptyAfterMs = await whenEmpty(stage)
    const calls = new Map(stage.providers.calls.map((each) => [each.nonce, each]))
    const depart = (each: Left) => departureOf(each, calls.get(each.nonce))
    const departures = [...passers, ...house.running, ...house.waiting].map(depart)
    const count = (phase: Departure['phase']) => departures.filter((each) => each.phase === phase).length
    const closings = departures.flatMap(({ closedAfterMs }) => closedAfterMs ?? [])
    const asked = house.waiting.filter(({ nonce }) => calls.has(nonce)).length
    const crossed = departures.filter((each) => each.phase === 'queued' && each.closedAfterMs !== undefined)
    const isNone = (value: number) => value === 0
    return [
      fact('left while queued', count('queued')),
      fact('left before the first token', count('before the first token')),
      fact('left mid-stream', count('mid-stream')),
      figure('answered or refused before they left', count('answered'), '0', isNone),
      fact('upstream socket closed after its client left, p50 (ms)', quantile(closings, 0.5)),
      figure('p99 (ms)', quantile(closings, 0.99), '≤ 250', (value) => value <= 250),
      figure('longest (ms)', quantile(closings, 1), '≤ 1,000', (value) => value <= 1_000),
      figure('upstream calls of those who waited behind a full house', asked, '0', isNone),
      fact('of the others, calls that crossed with the leaving', crossed.length),
      ...(await remains(stage)),
      fact('nothing left after the last client (s)', round(emptyAfterMs / 1_000)),
      fact('wait of the gateway for a processor, per 100 ms of its running (ms)', await starvation()),
    ]
  })
}

/** Come at any time, stay for any time. */
async function comeAndLeave(stage: PolicyStage): Promise<readonly Left[]> {
  return await Promise.all(
    Array.from({ length: passing }, async (_, index) => {
      await delay(Math.random() * arrivalMs)
      return await leaveWithin(ask(stage, index), longestStayMs)
    }),
  )
}

/** As many as there are slots, others behind them who leave first, then they. */
async function fullHouse(
  stage: PolicyStage,
): Promise<{ readonly running: readonly Left[]; readonly waiting: readonly Left[] }> {
  const first = Array.from({ length: concurrency }, (_, index) => ask(stage, index))
  await until(() => stage.providers.stats().openai.running === concurrency)
  const behind = Array.from({ length: queued }, (_, index) => ask(stage, index))
  await until(async () => (await jobsIn(stage, 'prioritized')) === queued)
  const waiting = await Promise.all(behind.map((caller) => leaveWithin(caller, goingMs)))
  const running = await Promise.all(first.map((caller) => leaveWithin(caller, goingMs)))
  return { running, waiting }
}

function ask(stage: PolicyStage, index: number): Caller {
  const tenant = `tenant-${index % tenants}`
  return call({ url: stage.url(index), model: 'gpt-4o-mini', stream: true, tenant })
}

type Left = {
  readonly nonce: string
  readonly leftAt: number
  readonly begun: boolean
  readonly answered: boolean
}

async function leaveWithin(caller: Caller, ms: number): Promise<Left> {
  const isAnswered = caller.told.then(() => true)
  const answered = await Promise.race([isAnswered, delay(Math.random() * ms).then(() => false)])
  const leftAt = Date.now()
  caller.leave()
  return { nonce: caller.nonce, leftAt, begun: caller.begunAt !== undefined, answered }
}

type Departure = {
  readonly phase: 'queued' | 'before the first token' | 'mid-stream' | 'answered'
  /** There if it has been asked for. */
  readonly closedAfterMs?: number
}

/** Where a request was when its client left, as the upstream knows it. A call that came later crossed with the leaving. */
function departureOf({ leftAt, begun, answered }: Left, upstream: Call | undefined): Departure {
  if (answered) return { phase: 'answered' }
  if (upstream === undefined) return { phase: 'queued' }
  const closedAfterMs = (upstream.endedAt ?? Number.POSITIVE_INFINITY) - leftAt
  if (upstream.startedAt > leftAt) return { phase: 'queued', closedAfterMs }
  return { phase: begun ? 'mid-stream' : 'before the first token', closedAfterMs }
}

/** How long until the queue's store holds nothing of any request. */
async function whenEmpty(stage: PolicyStage): Promise<number> {
  const startedAt = Date.now()
  await until(async () => (await held(stage)).every(({ count }) => count === 0), { timeoutMs: 5_000 }).catch(
    // What is left is a figure.
    () => {},
  )
  return Date.now() - startedAt
}

async function remains(stage: PolicyStage): Promise<readonly Figure[]> {
  const counted = await held(stage)
  const sumOf = (pattern: RegExp) =>
    sum(counted.filter(({ key }) => pattern.test(key)).map(({ count }) => count))
  const isNone = (value: number) => value === 0
  return [
    figure("places of tenants' shares at the end", sumOf(/:tenant:/), '0', isNone),
    figure('admitted requests at the end', sumOf(/:admitted$/), '0', isNone),
    figure('jobs at the end', sumOf(/:bull:/), '0', isNone),
    figure('upstream calls at the end', stage.providers.stats().openai.running, '0', isNone),
  ]
}

/** What is kept for requests: in Redis places in sorted sets and jobs in BullMQ's own, in memory what the gateway says. */
async function held(stage: PolicyStage): Promise<readonly { key: string; count: number }[]> {
  const { redis } = stage
  if (redis === undefined) return [{ key: ':admitted', count: await depthOf(stage, 'admitted') }]
  const keys = (await redis.command('KEYS', '*{openai}*')).split('\n')
  const counters = keys.flatMap((key) => {
    if (/:(?:admitted|tenant:[^:]+|prioritized|delayed)$/.test(key)) return [{ key, command: 'ZCARD' }]
    return /:(?:active|wait)$/.test(key) ? [{ key, command: 'LLEN' }] : []
  })
  return await Promise.all(
    counters.map(async ({ key, command }) => ({ key, count: Number(await redis.command(command, key)) })),
  )
}

/** How long the gateway's main threads wanted a processor and had none, for each 100 ms that they ran: 0 on a quiet machine. */
function watchStarvation({ gateway }: PolicyStage): () => Promise<number> {
  const read = async () => {
    const lines = await Promise.all(
      [...gateway.apis, ...gateway.workers].map(({ pid }) => readFile(`/proc/${pid}/schedstat`, 'utf8')),
    )
    const numbers = lines.map((line) => line.split(' ').map(Number))
    return { ran: sum(numbers.map(([ran = 0]) => ran)), waited: sum(numbers.map(([, waited = 0]) => waited)) }
  }
  const before = read()
  return async () => {
    const [from, to] = [await before, await read()]
    return round((100 * (to.waited - from.waited)) / (to.ran - from.ran))
  }
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}
