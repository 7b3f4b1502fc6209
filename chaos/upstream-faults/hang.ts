import type { Way } from '../gateway-load.ts'
import type { Figure } from '../scenarios.ts'
import { atMost, echo, epochMs, none, percentile, say, some, tally, tookMs } from './measure.ts'
import { drained, type Mode, onStage, type Stage } from './stage.ts'
import { type Asked, steadyLoad } from './steady-load.ts'

const timeoutMs = 2_000
/** Of a request with a fallback: time for it after the first target has hung. */
const wholeMs = 4_000

const model = 'gpt-4o-mini-simulated-hang'
const path = '/openai/v1/chat/completions'
const fallback = {
  'x-bifrost-fallbacks': 'anthropic/claude-3-haiku-20240307',
  'x-bifrost-first-byte-timeout-ms': String(timeoutMs),
  'x-bifrost-timeout-ms': String(wholeMs),
}
const plain = { 'x-bifrost-timeout-ms': String(timeoutMs) }
const ways: readonly Way[] = [
  { path, model, stream: false, headers: plain },
  { path, model, stream: true, headers: plain },
  { path, model, stream: false, headers: fallback },
]

/** F10: a provider takes every request and never answers. */
export function hang(mode: Mode, seconds: number): Promise<readonly Figure[]> {
  const setting = { mode, limits: { concurrency: 500, buffer_size: 500 } }
  return onStage(setting, async (stage) => {
    const { asked, echoesMs } = await steadyLoad(stage, { perSecond: 50, seconds, ways })
    await drained(stage, 10_000)
    return [...judge(stage, asked), echo(echoesMs)]
  })
}

function judge({ providers, breakerOpenedAt }: Stage, asked: readonly Asked[]): readonly Figure[] {
  const calls = providers.calls.filter(({ vendor }) => vendor === 'openai')
  const isPlain = ({ way }: Asked) => way.headers === plain
  const refusals = asked.filter(({ code }) => code === 'circuit_open')
  const firstRefusal = epochMs(Math.min(...refusals.map(({ endedAtMs }) => endedAtMs)))
  const finishedBefore = (ms: number) => calls.filter(({ endedAt = ms + 1 }) => endedAt <= ms).length
  const probes = calls.filter(({ startedAt }) => startedAt > firstRefusal)
  const probing = new Set(probes.map(({ nonce }) => nonce))
  const isProbe = ({ nonce }: Asked) => probing.has(`nonce ${nonce}`)
  const after = asked.filter((one) => epochMs(one.startedAtMs) > firstRefusal)
  const quick = after.filter((one) => !isProbe(one))
  const before = asked.filter(({ startedAtMs }) => epochMs(startedAtMs) <= firstRefusal)
  const timedOut = asked.filter(({ status }) => status === 504)
  const late = timedOut.map((one) => tookMs(one) - Number(one.way.headers?.['x-bifrost-timeout-ms']))
  const told = new Set([504, 503])
  return [
    say('how requests before the first refusal ended', tally(before)),
    say('how the others ended', tally(after)),
    none(
      'requests without a fallback before it that got another answer than 504',
      before.filter((one) => isPlain(one) && one.status !== 504 && one.code !== 'circuit_open'),
    ),
    none(
      'later ones that got neither 503 nor 504',
      after.filter((one) => isPlain(one) && !told.has(one.status)),
    ),
    some('answers 504', timedOut),
    atMost('latest 504 after its deadline (ms)', Math.max(...late), 250),
    none(
      'requests with a fallback that failed',
      asked.filter((one) => !isPlain(one) && one.kind !== 'answer'),
    ),
    atMost('finished calls when the breaker opened', finishedBefore(breakerOpenedAt() ?? 0), 20),
    say('finished calls before the first refusal', finishedBefore(firstRefusal)),
    some('refusals', refusals),
    atMost('failing once it is open, p99 (ms)', percentile(quick.filter(isPlain).map(tookMs), 99), 50),
    atMost(
      'falling back once it is open, p99 (ms)',
      percentile(quick.filter((one) => !isPlain(one)).map(tookMs), 99),
      50,
    ),
    say('slowest of them all but the probes (ms)', Math.round(Math.max(...quick.map(tookMs)))),
    say('calls after that, as probes', probes.length),
    none(
      'calls left open at the upstream',
      calls.filter(({ endedAt }) => endedAt === undefined),
    ),
  ]
}
