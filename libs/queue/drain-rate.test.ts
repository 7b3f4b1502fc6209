import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createDrainRates, retryAfterMs } from './drain-rate.ts'
import { createEndlessWindows } from './helpers.suite.ts'

const cases: readonly (readonly [string, number, number | undefined, number])[] = [
  ['what waits divided by the rate', 100, 20, 5_000],
  ['rounded up', 10, 3, 3_334],
  ['a second at least', 1, 500, 1_000],
  ['a minute at most', 5_000, 1, 60_000],
  ['a minute when nothing ends', 10, 0, 60_000],
  ['a second when nothing waits', 0, 0, 1_000],
  ['a second when no rate is known', 10, undefined, 1_000],
]
for (const [title, waiting, perSecond, expected] of cases) {
  test(`Retry-After: ${title}`, () => assert.equal(retryAfterMs(waiting, perSecond), expected))
}

test('the store is asked once for many rejections, and its absence is no rate', async () => {
  let asked = 0
  const windows = createEndlessWindows()
  const rates = createDrainRates({
    ...windows,
    sum: (...request) => {
      asked += 1
      return windows.sum(...request)
    },
  })
  windows.add('openai', 'done', 30)
  assert.deepEqual(
    await Promise.all(Array.from({ length: 100 }, () => rates.perSecond('openai'))),
    Array(100).fill(3),
  )
  assert.equal(asked, 1)
  const away = createDrainRates({ ...windows, sum: () => Promise.reject(new Error('away')) })
  assert.equal(await away.perSecond('openai'), undefined)
  assert.equal(await createDrainRates(undefined).perSecond('openai'), undefined)
})
