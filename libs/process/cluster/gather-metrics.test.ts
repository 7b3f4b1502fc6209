import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createMetrics, type Metrics } from '#observability'
import { channelTo, until } from '#testing'
import { createMetricsGathering, gatheringMetrics } from './gather-metrics.ts'

const createOwn = () => createMetrics({ providers: ['openai'], models: [], processMetrics: false })

/** As many processes with one primary; each has counted its number. */
function start(count: number) {
  const gathering = createMetricsGathering(createOwn())
  return Array.from({ length: count }, (_, index) => {
    const { channel, close } = channelTo((end) => gathering.attach(end))
    const metrics = createOwn()
    for (let stalled = 0; stalled <= index; stalled += 1) metrics.jobStalled({ provider: 'openai' })
    return { metrics: gatheringMetrics(metrics, channel), channel, die: close }
  })
}

const shownBy = async ({ scrape }: Metrics) =>
  Number(/^bifrost_stalled_jobs_total\{.*\} (\d+)$/m.exec(await scrape())?.[1])

test('every process answers for all, also for those that have ended since a scrape', async () => {
  const [first, second, third] = start(3)
  assert.ok(first && second && third)
  assert.deepEqual(
    await Promise.all([first, second, third].map(({ metrics }) => shownBy(metrics))),
    [6, 6, 6],
  )
  third.die()
  await until(async () => (await shownBy(first.metrics)) === 6)
  second.metrics.jobStalled({ provider: 'openai' })
  assert.equal(await shownBy(first.metrics), 7)
  second.die()
  assert.equal(await shownBy(first.metrics), 7)
})

test('one that does not answer is shown as it was', async () => {
  const [first, second] = start(2)
  assert.ok(first && second)
  assert.equal(await shownBy(first.metrics), 3)
  second.channel.answer('snapshot', () => new Promise(() => {}))
  assert.equal(await shownBy(first.metrics), 3)
})
