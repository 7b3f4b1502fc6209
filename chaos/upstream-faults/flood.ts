import { setTimeout as delay } from 'node:timers/promises'
import type { Way } from '../gateway-load.ts'
import { type Figure, figure } from '../scenarios.ts'
import {
  atMost,
  echo,
  epochMs,
  none,
  percentile,
  say,
  some,
  tally,
  tookMs,
  type UpstreamCall,
} from './measure.ts'
import { drained, type Mode, onStage, type Stage } from './stage.ts'
import { steadyLoad } from './steady-load.ts'

const limit = 200
const deadlineMs = 5_000

const ways: readonly Way[] = [false, true].map((stream) => ({
  path: '/openai/v1/chat/completions',
  model: 'gpt-4o-mini-simulated-hang',
  stream,
  headers: { 'x-bifrost-timeout-ms': String(deadlineMs) },
}))

/** F16: far more requests than a provider that hangs can take; with the breaker off its queue is full all the time. */
export function flood(options: {
  readonly mode: Mode
  readonly seconds: number
  readonly breaker: boolean
}): Promise<readonly Figure[]> {
  const { mode, seconds, breaker } = options
  const setting = {
    mode,
    limits: { concurrency: limit / 2, buffer_size: limit / 2 },
    routing: { circuit_breaker: { enabled: breaker } },
  }
  return onStage(setting, async (stage) => {
    const watch = watchQueue(stage)
    const { asked, echoesMs } = await steadyLoad(stage, { perSecond: 500, seconds, ways })
    const lastSentMs = Math.max(...asked.map(({ startedAtMs }) => startedAtMs))
    await drained(stage, 15_000)
    const drainedS = (performance.now() - lastSentMs) / 1_000
    const { deepest, listed, memoryMb } = await watch.stop()
    const { calls } = stage.providers
    const answers = new Map(asked.map((one) => [`nonce ${one.nonce}`, one]))
    const answerOf = ({ nonce = '' }: UpstreamCall) => answers.get(nonce)
    /** A deadline counts from admission, which only the gateway's clock knows: by it the caller is told how long it waited. */
    const isLate = (call: UpstreamCall) => {
      const answer = answerOf(call)
      const waitedMs = Number(answer?.headers['x-bifrost-queue-ms'] ?? 0)
      return answer === undefined || waitedMs >= deadlineMs || call.startedAt > epochMs(answer.endedAtMs)
    }
    const openFor = (call: UpstreamCall) =>
      (call.endedAt ?? Number.POSITIVE_INFINITY) - epochMs(answerOf(call)?.startedAtMs ?? 0)
    // One that waited in the queue when the breaker opened was taken in, and is told by a worker.
    const refused = asked.filter(
      ({ code, headers }) =>
        (code === 'queue_full' || code === 'circuit_open') && headers['x-bifrost-queue-ms'] === undefined,
    )
    return [
      say('how requests ended', tally(asked)),
      none(
        'neither answered nor refused',
        asked.filter(({ kind }) => kind !== 'error'),
      ),
      say('jobs in lists, most', listed),
      figure('deepest', deepest, `≤ ${limit}, and reached`, (value) => value <= limit && value > limit / 2),
      some('refusals', refused),
      none(
        'refusals without Retry-After',
        refused.filter(({ headers }) => headers['retry-after'] === undefined),
      ),
      atMost('refusal, p99 (ms)', percentile(refused.map(tookMs), 99), 50),
      some('upstream calls', calls),
      none('upstream calls begun after their deadline', calls.filter(isLate)),
      atMost('latest end of one after its deadline (ms)', Math.max(...calls.map(openFor)) - deadlineMs, 250),
      atMost(
        'latest answer after its deadline (ms)',
        Math.max(...asked.map((one) => tookMs(one) - deadlineMs)),
        250,
      ),
      atMost('drained after the last request (s)', drainedS, 10),
      ...(memoryMb === undefined
        ? []
        : [atMost("Redis' memory, most above its beginning (MiB)", memoryMb, 16)]),
      echo(echoesMs),
    ]
  })
}

/** Looks at the queue and at Redis' memory as often as it can, every 20 ms at most. */
function watchQueue({ depth, redis }: Stage) {
  let isOver = false
  const watching = (async () => {
    const memory = async () =>
      Number(/used_memory:(\d+)/.exec((await redis?.command('INFO', 'memory')) ?? '')?.[1] ?? 0)
    const base = await memory()
    let deepest = 0
    let listed = 0
    let most = base
    while (!isOver) {
      const now = await depth()
      deepest = Math.max(deepest, now.admitted)
      listed = Math.max(listed, now.listed)
      most = Math.max(most, await memory())
      await delay(20)
    }
    return { deepest, listed, memoryMb: redis === undefined ? undefined : (most - base) / 1024 / 1024 }
  })()
  return {
    stop() {
      isOver = true
      return watching
    },
  }
}
