import { freePort } from '#testing'
import type { Way } from '../gateway-load.ts'
import type { Figure } from '../scenarios.ts'
import { atMost, echo, none, percentile, rounded, say, some, tally, tookMs } from './measure.ts'
import { type Mode, onStage } from './stage.ts'
import { steadyLoad } from './steady-load.ts'

const latencyMs = 100
const healthy = `anthropic/claude-3-haiku-20240307-simulated-slow-${latencyMs}ms`
const path = '/openai/v1/chat/completions'

/** One provider refuses every connection, or answers 503; requests to it name a fallback. */
export function providerDown(
  mode: Mode,
  { seconds, how }: { readonly seconds: number; readonly how: 'refused' | '503' },
): Promise<readonly Figure[]> {
  const direct: Way = { path, model: healthy, stream: false }
  const model = how === 'refused' ? 'gpt-4o-mini' : 'gpt-4o-mini-simulated-503'
  const falling = (stream: boolean): Way => ({
    path,
    model,
    stream,
    headers: { 'x-bifrost-fallbacks': healthy },
  })
  return onPort(how, (openaiUrl) =>
    onStage({ mode, limits: { concurrency: 200, buffer_size: 500 }, ...openaiUrl }, async (stage) => {
      const ways = [falling(false), falling(true), direct]
      const { asked, echoesMs } = await steadyLoad(stage, { perSecond: 60, seconds, ways })
      const fallen = asked.filter(({ way }) => way !== direct)
      const isPassed = ({ headers }: (typeof asked)[number]) =>
        String(headers['x-bifrost-attempts']).includes('openai/') &&
        String(headers['x-bifrost-attempts']).includes('circuit_open')
      const openSinceMs = Math.min(...fallen.filter(isPassed).map(({ endedAtMs }) => endedAtMs))
      const after = fallen.filter(({ startedAtMs }) => startedAtMs >= openSinceMs)
      const own = asked.filter(({ way }) => way === direct).map(tookMs)
      const p99 = percentile(after.map(tookMs), 99)
      return [
        say('how requests ended', tally(asked)),
        none(
          'failures that clients saw',
          asked.filter(({ kind }) => kind !== 'answer'),
        ),
        some('requests passed over the open breaker', after.filter(isPassed)),
        atMost("fallback once it is open, p99 above the fallback's own latency (ms)", p99 - latencyMs, 50),
        say(
          'the same above the p99 of requests that name it first (ms)',
          rounded(p99 - percentile(own, 99), 1),
        ),
        say('slowest before it opened (ms)', rounded(slowestBefore(fallen, openSinceMs))),
        echo(echoesMs),
      ]
    }),
  )
}

function slowestBefore(fallen: Parameters<typeof tally>[0], openSinceMs: number): number {
  return Math.max(0, ...fallen.filter(({ startedAtMs }) => startedAtMs < openSinceMs).map(tookMs))
}

async function onPort<T>(
  how: 'refused' | '503',
  play: (setting: { readonly openaiUrl?: string }) => Promise<T>,
): Promise<T> {
  return await play(how === 'refused' ? { openaiUrl: `http://127.0.0.1:${await freePort()}` } : {})
}
