import type { Way } from '../gateway-load.ts'
import { type Figure, figure } from '../scenarios.ts'
import { atLeast, echo, epochMs, none, say, tally, type UpstreamCall } from './measure.ts'
import { type Mode, onStage } from './stage.ts'
import { type Asked, steadyLoad } from './steady-load.ts'

const concurrency = 7

const way = (model: string, stream: boolean): Way => ({ path: '/openai/v1/chat/completions', model, stream })
/** About 300 ms each; the streams in many pieces. */
const ways: readonly Way[] = [
  way('gpt-4o-mini-simulated-slow-300ms', false),
  way('gpt-4o-mini-simulated-slow-stream-30ms', true),
  way('gpt-4o-mini-simulated-slow-200ms', false),
  way('gpt-4o-mini-simulated-slow-300ms', true),
]

/** Concurrency 7 over 3 workers: never 8, and 7 as long as 7 wait. */
export function sevenSlots(mode: Mode, requests: number): Promise<readonly Figure[]> {
  const setting = { mode, limits: { concurrency, buffer_size: 2_000 }, workerCount: 3 }
  return onStage(setting, async (stage) => {
    // All within a second: from then on a queue stands.
    const { asked, echoesMs } = await steadyLoad(stage, { perSecond: requests, seconds: 1, ways })
    const calls = stage.providers.calls.filter(({ vendor }) => vendor === 'openai')
    const use = utilisation(calls, asked)
    const most = stage.providers.stats().openai.maxRunning
    return [
      say('how requests ended', tally(asked)),
      none(
        'requests without their answer',
        asked.filter(({ kind }) => kind !== 'answer'),
      ),
      figure('calls at once, most', most, String(concurrency), (value) => value === concurrency),
      say('time during which 7 or more waited (s)', Math.round(use.seconds * 10) / 10),
      atLeast('of that time the slots were used (%)', use.percent, 95),
      say('of that time exactly 7 ran (%)', use.full),
      echo(echoesMs),
    ]
  })
}

/** Over the time in which at least 7 requests waited: the part of the slots' time that was spent in calls. */
function utilisation(calls: readonly UpstreamCall[], asked: readonly Asked[]) {
  const changes = [
    ...asked.map(({ startedAtMs }) => ({ at: epochMs(startedAtMs), waiting: 1, running: 0 })),
    ...calls.map(({ startedAt }) => ({ at: startedAt, waiting: -1, running: 1 })),
    ...calls.map(({ endedAt = startedNever }) => ({ at: endedAt, waiting: 0, running: -1 })),
  ].sort((one, other) => one.at - other.at)
  const now = { waiting: 0, running: 0 }
  const sums = { wholeMs: 0, usedMs: 0, fullMs: 0 }
  let before = changes[0]?.at ?? 0
  for (const { at, waiting, running } of changes) {
    const lastedMs = at - before
    if (now.waiting >= concurrency) {
      sums.wholeMs += lastedMs
      sums.usedMs += (lastedMs * now.running) / concurrency
      if (now.running === concurrency) sums.fullMs += lastedMs
    }
    now.waiting += waiting
    now.running += running
    before = at
  }
  const percent = (ms: number) => Math.round((1_000 * ms) / sums.wholeMs) / 10
  return { seconds: sums.wholeMs / 1_000, percent: percent(sums.usedMs), full: percent(sums.fullMs) }
}

const startedNever = 0
