import { call } from './caller.ts'
import { isOfKey, type Mode, onPolicyStage } from './policy-stage.ts'
import { type Figure, fact, figure, round } from './scenarios.ts'

const requests = 10_000
const callers = 100

/** 10,000 requests over keys of weight 0.7 and 0.3, as the upstream counts them. */
export function weights(mode: Mode): Promise<readonly Figure[]> {
  return onPolicyStage({ mode, keys: { heavy: 0.7, light: 0.3 }, concurrency: 100 }, async (stage) => {
    const { providers } = stage
    const startedAt = Date.now()
    let next = 0
    let answers = 0
    const one = async () => {
      while (next < requests) {
        const { status, whole } = await call({ url: stage.url(next++), model: 'gpt-4o-mini' }).told
        if (status === 200 && whole) answers += 1
      }
    }
    await Promise.all(Array.from({ length: callers }, one))
    const heavy = providers.calls.filter((each) => isOfKey(each, 'heavy')).length
    const light = providers.calls.filter((each) => isOfKey(each, 'light')).length
    const share = round((100 * heavy) / (heavy + light))
    return [
      figure('answers', answers, String(requests), (value) => value === requests),
      figure('upstream calls', heavy + light, String(requests), (value) => value === requests),
      figure('share of the key of weight 0.7 (%)', share, '70 ± 2', (value) => Math.abs(value - 70) <= 2),
      fact('seconds', round((Date.now() - startedAt) / 1_000)),
    ]
  })
}
