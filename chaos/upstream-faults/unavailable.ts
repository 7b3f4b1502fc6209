import type { Way } from '../gateway-load.ts'
import { type Figure, figure } from '../scenarios.ts'
import type { UpstreamCall } from './measure.ts'
import { atLeast, atMost, byRequest, echo, none, percentile, rounded, say, some, tally } from './measure.ts'
import { type Mode, onStage } from './stage.ts'
import { steadyLoad } from './steady-load.ts'

const maxRetries = 2
const windowMs = 10_000

const openai = (behaviour: string): Way => ({
  path: '/openai/v1/chat/completions',
  model: `gpt-4o-mini-simulated-${behaviour}`,
  stream: false,
})

/** F24: every answer is 503, 100 requests per second. */
export function unavailable(mode: Mode, seconds: number): Promise<readonly Figure[]> {
  const setting = { mode, limits: { concurrency: 200, buffer_size: 1_000 } }
  return onStage(setting, async (stage) => {
    const { asked, echoesMs } = await steadyLoad(stage, { perSecond: 100, seconds, ways: [openai('503')] })
    const { calls } = stage.providers
    const openedAt = stage.breakerOpenedAt() ?? Number.POSITIVE_INFINITY
    const before = calls.filter(({ startedAt }) => startedAt <= openedAt)
    const probes = calls.filter(({ startedAt }) => startedAt > openedAt + 1_000)
    return [
      say('how requests ended', tally(asked)),
      none(
        'other answers than 503',
        asked.filter(({ status }) => status !== 503),
      ),
      some('the breaker opened', stage.breakerOpenedAt() === undefined ? [] : [openedAt]),
      ...withinTheRule(before),
      say(
        'finished calls when it opened',
        calls.filter(({ endedAt = openedAt + 1 }) => endedAt <= openedAt).length,
      ),
      say('calls under way when it opened', calls.length - before.length - probes.length),
      // One probe each 5 s, which both workers may take at once.
      atMost('probes afterwards', probes.length, Math.ceil(seconds / 5) * 2),
      none(
        'refusals without Retry-After',
        asked.filter(({ code, headers }) => code === 'circuit_open' && headers['retry-after'] === undefined),
      ),
      echo(echoesMs),
    ]
  })
}

/** F24 without a breaker: only the budget holds retries back, for as long as the failure lasts. */
export function retryBudget(mode: Mode, seconds: number): Promise<readonly Figure[]> {
  return withoutBreaker(mode, async (stage) => {
    const { asked, echoesMs } = await steadyLoad(stage, { perSecond: 100, seconds, ways: [openai('503')] })
    const { calls } = stage.providers
    const waits = waitsOf(calls)
    const first = waits.filter(({ retry }) => retry === 1).map(({ waitMs }) => waitMs)
    const parts = [10, 50, 90].map((percent) => rounded(percentile(first, percent)))
    return [
      none(
        'other answers than 503',
        asked.filter(({ status }) => status !== 503),
      ),
      ...withinTheRule(calls),
      atLeast('retries used, part of what is allowed', usedPart(calls), 0.8),
      some('first retries', first),
      // random(0, 500 ms): evenly spread, its tenths lie at 50, 250 and 450.
      figure(
        'waits before them, 10th, 50th and 90th percentile (ms)',
        parts.join(', '),
        'about 50, 250, 450',
        () => isNear(parts, [50, 250, 450], 60),
      ),
      echo(echoesMs),
    ]
  })
}

/** F24 with Retry-After: 1 on each answer. */
export function retryAfter(mode: Mode, seconds: number): Promise<readonly Figure[]> {
  return withoutBreaker(mode, async (stage) => {
    const { asked, echoesMs } = await steadyLoad(stage, {
      perSecond: 100,
      seconds,
      ways: [openai('503-retry-1')],
    })
    const { calls } = stage.providers
    const waits = waitsOf(calls).map(({ waitMs }) => waitMs)
    return [
      none(
        'other answers than 503',
        asked.filter(({ status }) => status !== 503),
      ),
      ...withinTheRule(calls),
      some('retries', waits),
      atLeast('shortest wait before one (ms)', Math.min(...waits), 1_000),
      say('median and longest (ms)', [percentile(waits, 50), Math.max(...waits)].join(', ')),
      none(
        'answers that do not tell the caller of it',
        asked.filter(({ headers }) => headers['retry-after'] !== '1'),
      ),
      echo(echoesMs),
    ]
  })
}

function withoutBreaker(mode: Mode, play: Parameters<typeof onStage>[1]): Promise<readonly Figure[]> {
  const setting = {
    mode,
    limits: { concurrency: 200, buffer_size: 1_000 },
    routing: { circuit_breaker: { enabled: false } },
  }
  return onStage(setting, play)
}

/** P3, as the upstream sees it. */
function withinTheRule(calls: readonly UpstreamCall[]): readonly Figure[] {
  const perRequest = [...byRequest(calls).values()].map(({ length }) => length)
  const windows = budgetUse(calls)
  const over = windows.filter(({ retries, calls: all }) => retries > Math.max(10, 0.2 * all))
  const largest = Math.max(
    0,
    ...windows.filter((one) => one.retries > 10).map((one) => one.retries / one.calls),
  )
  return [
    some('calls', calls),
    atMost('calls per request, most', Math.max(...perRequest), 1 + maxRetries),
    say('retries', calls.length - perRequest.length),
    say('most of the last 10 s, where they were more than 10 (%)', rounded(100 * largest, 1)),
    none('retries above 20 % of the last 10 s and 10', over),
  ]
}

/** From the end of a call here until the gateway has heard of it and decided. */
const hearsWithinMs = 100

/**
 * At each decision for a retry, which follows the end of the call before it: how many such decisions, and how many calls, the
 * last 10 s have seen.
 */
function budgetUse(calls: readonly UpstreamCall[]) {
  const starts = calls.map(({ startedAt }) => startedAt)
  const decisions = [...byRequest(calls).values()]
    .flatMap((own) => own.slice(0, -1).map(({ endedAt = 0 }) => endedAt))
    .sort((one, other) => one - other)
  return decisions.map((at) => {
    const count = (times: readonly number[], until: number) =>
      times.filter((time) => time > at - windowMs && time <= until).length
    return { retries: count(decisions, at), calls: count(starts, at + hearsWithinMs) }
  })
}

function usedPart(calls: readonly UpstreamCall[]): number {
  const last = budgetUse(calls).at(-1)
  return last === undefined ? 0 : last.retries / Math.max(10, 0.2 * last.calls)
}

function waitsOf(calls: readonly UpstreamCall[]) {
  return [...byRequest(calls).values()].flatMap((own) =>
    own.slice(1).map((call, index) => ({
      retry: index + 1,
      waitMs: call.startedAt - (own[index]?.endedAt ?? call.startedAt),
    })),
  )
}

function isNear(values: readonly number[], goals: readonly number[], byMs: number): boolean {
  return values.every((value, index) => Math.abs(value - (goals[index] ?? 0)) <= byMs)
}
