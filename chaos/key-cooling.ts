import type { Call } from '#testing'
import { closedLoop, type Told } from './caller.ts'
import { isOfKey, type Mode, onPolicyStage, type PolicyStage, secretOf } from './policy-stage.ts'
import { type Figure, fact, figure, round } from './scenarios.ts'

const runMs = 15_000
const callers = 80
const concurrency = 40
const cooling = 'c'
const keys = { a: 1, b: 1, [cooling]: 1, d: 1 }
/** Calls of one key that are closer than this belong to one moment. */
const momentMs = 500

/** One of four keys answers 429 with Retry-After 2, beside the same load without that. */
export async function coolingKey(mode: Mode): Promise<readonly Figure[]> {
  const healthy = await run(mode, async () => {})
  const hindered = await run(mode, async ({ providers }) => {
    const behaviour = { delayMs: 20, error: { status: 429, retryAfterSeconds: 2 } }
    providers.script({ match: { key: secretOf(cooling) }, behaviour })
  })
  const part = round((100 * hindered.perSecond) / healthy.perSecond)
  const moments = momentsOf(hindered.calls.filter((each) => isOfKey(each, cooling)))
  const silences = moments.slice(1).map(([first], index) => startOf(first) - lastAnswerOf(moments[index]))
  const [shortest, longest] = [Math.min(...silences), Math.max(...silences)]
  const isTwoSeconds = (ms: number) => ms >= 1_800 && ms <= 2_200
  return [
    fact('answers a second without', healthy.perSecond),
    fact('answers a second with', hindered.perSecond),
    figure('throughput (% of the run without)', part, '≥ 90', (value) => value >= 90),
    figure('requests without an answer', hindered.failed, '0', (value) => value === 0),
    figure('silences of the key', silences.length, '≥ 5', (value) => value >= 5),
    figure('shortest of them (ms)', shortest, '1,800 to 2,200', isTwoSeconds),
    figure('longest of them (ms)', longest, '1,800 to 2,200', isTwoSeconds),
    fact('calls of the key between two of them, most', Math.max(...moments.map(({ length }) => length))),
    figure('longest pause of all keys (ms)', longestPause(hindered.calls), '≤ 500', (value) => value <= 500),
    fact('the same without the failing key (ms)', longestPause(healthy.calls)),
  ]
}

type Run = { readonly perSecond: number; readonly failed: number; readonly calls: readonly Call[] }

function run(mode: Mode, prepare: (stage: PolicyStage) => Promise<void>): Promise<Run> {
  return onPolicyStage({ mode, keys, concurrency }, async (stage) => {
    const { providers } = stage
    const asked = (index: number) => ({
      url: stage.url(index),
      model: 'gpt-4o-mini-simulated-slow-200ms',
      tenant: `tenant-${index % 4}`,
    })
    await closedLoop({ callers, forMs: 2_000, asked })
    providers.reset()
    await prepare(stage)
    const startedAt = Date.now()
    const told = await closedLoop({ callers, forMs: runMs, asked })
    const endedAt = startedAt + runMs
    const inTime = told.filter((each) => isAnswer(each) && each.endedAt <= endedAt)
    return {
      perSecond: round((1_000 * inTime.length) / runMs),
      failed: told.filter((each) => !isAnswer(each)).length,
      calls: providers.calls.filter(({ startedAt: at }) => at <= endedAt),
    }
  })
}

function isAnswer({ status, whole }: Told): boolean {
  return status === 200 && whole
}

function momentsOf(calls: readonly Call[]): readonly (readonly Call[])[] {
  const moments: Call[][] = []
  for (const each of calls) {
    const last = moments.at(-1)
    const before = last?.at(-1)
    if (last === undefined || before === undefined || each.startedAt - before.startedAt > momentMs)
      moments.push([each])
    else last.push(each)
  }
  return moments
}

function startOf(call: Call | undefined): number {
  return call?.startedAt ?? Number.NaN
}

/** When the last of its refusals was out. */
function lastAnswerOf(calls: readonly Call[] = []): number {
  return Math.max(...calls.map(({ endedAt = Number.NaN }) => endedAt))
}

function longestPause(calls: readonly Call[]): number {
  return Math.max(...calls.slice(1).map(({ startedAt }, index) => startedAt - startOf(calls[index])))
}
