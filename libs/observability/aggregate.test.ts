import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createMetrics, endedSnapshot, type Metrics, type MetricsSnapshot } from './index.ts'
import { wholeLines } from './standard-output.ts'

function processOf(requests: number, depth: number): Metrics {
  const metrics = createMetrics({ providers: ['openai'], models: ['gpt-4o'] })
  for (let count = 0; count < requests; count += 1) {
    metrics.requestFinished({
      provider: 'openai',
      model: 'gpt-4o',
      status: 200,
      surface: 'openai',
      durationMs: 40,
    })
  }
  const limits = { capacity: 9, oldestWaitMs: 0, drainPerSecond: 0, waiting: 0, delayed: 0, active: depth }
  metrics.queueDepths([{ provider: 'openai', ...limits, admitted: depth }])
  return metrics
}

/** As it crosses to another process. */
const carried = async (snapshot: Promise<MetricsSnapshot>): Promise<MetricsSnapshot> =>
  JSON.parse(JSON.stringify(await snapshot))

const sampleOf = (text: string, sample: string) =>
  Number(
    text
      .split('\n')
      .find((line) => line.startsWith(sample))
      ?.split(' ')
      .at(-1),
  )

test('counts and histograms are summed, queues are told once, by the process that was asked', async () => {
  const [asked, other] = [processOf(2, 5), processOf(3, 4)]
  const text = await asked.scrape([await carried(other.snapshot())])
  const labels = '{provider="openai",model="gpt-4o",status="200",surface="openai"}'
  assert.equal(sampleOf(text, `bifrost_requests_total${labels}`), 5)
  assert.equal(sampleOf(text, `bifrost_request_duration_seconds_count${labels}`), 5)
  assert.equal(sampleOf(text, 'bifrost_queue_depth{provider="openai",state="active"}'), 5)
  assert.equal(sampleOf(text, 'bifrost_queue_capacity'), 9)
  assert.ok(!/ (NaN|null)$/m.test(text))
  const alone = await asked.scrape()
  assert.ok(
    sampleOf(text, 'process_resident_memory_bytes') > 1.5 * sampleOf(alone, 'process_resident_memory_bytes'),
  )
})

test('what a process counted stays when it has ended, its sizes do not', async () => {
  const ended = await endedSnapshot([
    await carried(processOf(3, 1).snapshot()),
    await carried(processOf(4, 1).snapshot()),
  ])
  const alive = processOf(1, 0)
  const text = await alive.scrape([await carried(Promise.resolve(ended))])
  assert.match(text, /^bifrost_requests_total\{.*\} 8$/m)
  const memory = sampleOf(text, 'process_resident_memory_bytes')
  assert.ok(memory < 1.5 * sampleOf(await alive.scrape(), 'process_resident_memory_bytes'))
})

test('lines that go out in one piece end with a line, and a longer one goes alone', () => {
  const line = (length: number) => Buffer.from(`${'x'.repeat(length - 1)}\n`)
  assert.equal(wholeLines(line(4_096)).length, 4_096)
  assert.equal(wholeLines(Buffer.concat([line(3_000), line(1_000), line(500)])).length, 4_000)
  assert.equal(wholeLines(Buffer.concat([line(5_000), line(10)])).length, 5_000)
  assert.equal(wholeLines(Buffer.alloc(6_000, 'x')).length, 6_000)
})
