import { setTimeout as delay } from 'node:timers/promises'
import { until } from '#testing'
import { type Caller, call, type Told } from './caller.ts'
import { jobsIn, type Mode, onPolicyStage, type PolicyStage, quantile } from './policy-stage.ts'
import { type Figure, fact, figure, round } from './scenarios.ts'

const jobMs = 300
const concurrency = 20
const backlog = 1_000
const few = 20
/** How often the small tenant comes: alone, and beside the backlog. */
const trials = 5
const crowdMs = 10_000
/** More than there are slots for: 20 every 300 ms is 67 a second. */
const crowdEveryMs = 10

/** A tenant with 1,000 waiting, one that sends 20, and then ever more that keep arriving. */
export function fairness(mode: Mode): Promise<readonly Figure[]> {
  // Nobody is to be sent away for waiting too long: it is the turns that count.
  const queue = { max_wait_in_seconds: 120 }
  return onPolicyStage({ mode, keys: { a: 1, b: 1 }, concurrency, queue }, async (stage) => {
    const alone = await sendFewRepeatedly(stage)
    const big = keepBacklog(stage, backlog + 3 * concurrency)
    // The whole backlog has to stand before anybody comes beside it.
    await until(async () => (await jobsIn(stage, 'prioritized')) >= backlog, { timeoutMs: 20_000 })
    const beside = await sendFewRepeatedly(stage)
    const waiting = await jobsIn(stage, 'prioritized')
    const crowd = await whileOthersArrive(stage)
    big.stop()
    const limit = 2 * quantile(alone, 0.5) + jobMs
    const seconds = Array.from({ length: crowdMs / 1_000 }, (_, index) =>
      countWithin(big.answeredAt, crowd.startedAt + index * 1_000),
    )
    return [
      fact('20 alone, median of 5 (ms)', quantile(alone, 0.5)),
      fact('20 beside the backlog, median of 5 (ms)', quantile(beside, 0.5)),
      figure('slowest of these 5 (ms)', quantile(beside, 1), `≤ ${limit}`, (value) => value <= limit),
      figure('waiting beside them', waiting, `≥ ${backlog}`, (value) => value >= backlog),
      fact('arriving while the backlog goes on (a second)', round((1_000 * crowd.sent) / crowdMs)),
      fact('answers of those (a second)', round((1_000 * crowd.answers) / crowdMs)),
      figure(
        'answers of the backlog in each second',
        seconds.join(' '),
        '≥ 1',
        () => Math.min(...seconds) >= 1,
      ),
      figure('requests that failed', big.failed + crowd.failed, '0', (value) => value === 0),
    ]
  })
}

/** How long 20 of one tenant take, from the first that is sent to the last that is answered. */
async function sendFewRepeatedly(stage: PolicyStage): Promise<readonly number[]> {
  const tookMs: number[] = []
  for (let trial = 0; trial <= trials; trial++) {
    const startedAt = Date.now()
    const callers = Array.from({ length: few }, (_, index) => send(stage, index, 'small'))
    const told = await Promise.all(callers.map((caller) => caller.told))
    const isWhole = told.every(isAnswer)
    tookMs.push(
      isWhole ? Math.max(...told.map(({ endedAt }) => endedAt)) - startedAt : Number.POSITIVE_INFINITY,
    )
    // Never at the same moment of the round.
    await delay(Math.random() * jobMs)
  }
  // The first one opens connections.
  return tookMs.slice(1)
}

type Backlog = { readonly answeredAt: readonly number[]; readonly failed: number; stop(): void }

/** One tenant that always has so many requests on their way. */
function keepBacklog(stage: PolicyStage, size: number): Backlog {
  const answeredAt: number[] = []
  const underWay = new Set<Caller>()
  let failed = 0
  let stopped = false
  async function repeat(index: number): Promise<void> {
    while (!stopped) {
      const caller = send(stage, index, 'big')
      underWay.add(caller)
      const told = await caller.told
      underWay.delete(caller)
      if (stopped) return
      if (isAnswer(told)) answeredAt.push(told.endedAt)
      else failed += 1
    }
  }
  for (let index = 0; index < size; index++) void repeat(index)
  return {
    answeredAt,
    get failed() {
      return failed
    },
    stop() {
      stopped = true
      for (const caller of underWay) caller.leave()
    },
  }
}

type Crowd = {
  readonly startedAt: number
  readonly sent: number
  readonly answers: number
  readonly failed: number
}

/** Five tenants of which one or another sends all the time, and every tenth request is somebody's first. */
async function whileOthersArrive(stage: PolicyStage): Promise<Crowd> {
  const startedAt = Date.now()
  const callers: Caller[] = []
  let answers = 0
  let failed = 0
  let over = false
  const note = (told: Told) => {
    if (over) return
    if (isAnswer(told)) answers += 1
    else failed += 1
  }
  while (Date.now() < startedAt + crowdMs) {
    const due = Math.floor((Date.now() - startedAt) / crowdEveryMs)
    while (callers.length < due) {
      const index = callers.length
      const caller = send(stage, index, index % 10 === 0 ? `new-${index}` : `other-${index % 5}`)
      callers.push(caller)
      void caller.told.then(note)
    }
    await delay(crowdEveryMs)
  }
  over = true
  for (const caller of callers) caller.leave()
  return { startedAt, sent: callers.length, answers, failed }
}

function send(stage: PolicyStage, index: number, tenant: string): Caller {
  return call({ url: stage.url(index), model: `gpt-4o-mini-simulated-slow-${jobMs}ms`, tenant })
}

function isAnswer({ status, whole }: Told): boolean {
  return status === 200 && whole
}

function countWithin(times: readonly number[], from: number): number {
  return times.filter((at) => at >= from && at < from + 1_000).length
}
