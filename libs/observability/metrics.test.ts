import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { test } from 'node:test'
import { type MetricDefinition, metricDefinitions } from './metric-definitions.ts'
import { createMetrics } from './metrics.ts'
import { renderMetricsTable } from './metrics-table.ts'

const depth = {
  provider: 'openai',
  waiting: 3,
  delayed: 1,
  active: 2,
  admitted: 6,
  capacity: 6000,
  oldestWaitMs: 2_000,
  drainPerSecond: 3,
}

function everything() {
  const metrics = createMetrics({ providers: ['openai'], models: ['gpt-4o'], processMetrics: false })
  metrics.requestFinished({
    provider: 'openai',
    model: 'gpt-4o',
    status: 200,
    surface: 'openai',
    durationMs: 40,
  })
  metrics.queueRejected({ provider: 'openai', reason: 'queue_full' })
  metrics.queueWaited({ provider: 'openai', waitMs: 3 })
  metrics.queueDepths([depth])
  metrics.upstreamFinished({
    provider: 'openai',
    model: 'gpt-4o',
    operation: 'chat',
    outcome: '200',
    durationMs: 30,
  })
  metrics.jobStalled({ provider: 'openai' })
  metrics.outcomeUnknown({ provider: 'openai' })
  metrics.keyStates([{ provider: 'openai', key: 'main', open: true, coolingMs: 1_500 }])
  metrics.tokensUsed({ provider: 'openai', model: 'gpt-4o', input: 5, output: 7, cost: 0.25 })
  metrics.cacheHit('exact')
  metrics.rateLimited({ per: 'model', unit: 'tokens' })
  metrics.passedOver({ provider: 'openai', reason: 'queue_full' })
  metrics.retried({ provider: 'openai', outcome: 'retried' })
  metrics.fellBack({ from: 'openai', to: 'anthropic' })
  return metrics
}

test('every defined metric is in the scrape with its labels, and nothing else is', async () => {
  const metrics = everything()
  const text = await metrics.scrape()
  const shown = [...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map((match) => `${match[1]} ${match[2]}`)
  const defined = Object.values<MetricDefinition>(metricDefinitions)
  assert.deepEqual(shown.sort(), defined.map((metric) => `${metric.name} ${metric.type}`).sort())
  for (const metric of defined) {
    const suffix = metric.type === 'histogram' ? '_count' : ''
    const sample = new RegExp(`^${metric.name}${suffix}\\{([^}]*)\\}`, 'm').exec(text)
    const labels = [...(sample?.[1] ?? '').matchAll(/(\w+)="/g)].map((match) => match[1])
    assert.deepEqual(labels.sort(), [...metric.labels].sort(), metric.name)
  }
  assert.match(metrics.contentType, /^text\/plain/)
})

test('the two metrics that dashboards scrape carry provider, model, status and surface', async () => {
  const text = await everything().scrape()
  assert.match(
    text,
    /^bifrost_requests_total\{provider="openai",model="gpt-4o",status="200",surface="openai"\} 1$/m,
  )
  assert.match(
    text,
    /^bifrost_request_duration_seconds_sum\{provider="openai",model="gpt-4o",status="200",surface="openai"\} 0.04$/m,
  )
})

test('label values come from closed sets: 10,000 invented names make one series', async () => {
  const metrics = createMetrics({ providers: ['openai'], models: ['house-model'], processMetrics: false })
  for (let index = 0; index < 10_000; index++) {
    metrics.requestFinished({
      provider: `p${index}`,
      model: `m${index}`,
      status: 404,
      surface: 'openai',
      durationMs: 1,
    })
    metrics.queueRejected({ provider: `p${index}`, reason: `Reason ${index}` })
  }
  metrics.requestFinished({
    provider: 'openai',
    model: 'house-model',
    status: 200,
    surface: 'openai',
    durationMs: 1,
  })
  metrics.requestFinished({
    provider: undefined,
    model: undefined,
    status: 400,
    surface: 'root',
    durationMs: 1,
  })
  const series = (await metrics.scrape()).match(/^bifrost_requests_total\{.*$/gm) ?? []
  assert.deepEqual(series.sort(), [
    'bifrost_requests_total{provider="none",model="none",status="400",surface="root"} 1',
    'bifrost_requests_total{provider="openai",model="house-model",status="200",surface="openai"} 1',
    'bifrost_requests_total{provider="other",model="other",status="404",surface="openai"} 10000',
  ])
})

test('depths replace what was shown before', async () => {
  const metrics = createMetrics({ providers: ['openai', 'anthropic'], models: [], processMetrics: false })
  metrics.queueDepths([depth, { ...depth, provider: 'anthropic' }])
  metrics.queueDepths([{ ...depth, waiting: 0 }])
  const text = await metrics.scrape()
  assert.match(text, /bifrost_queue_depth\{provider="openai",state="waiting"\} 0/)
  assert.match(text, /bifrost_queue_depth\{provider="openai",state="admitted"\} 6/)
  assert.match(text, /bifrost_queue_capacity\{provider="openai"\} 6000/)
  assert.equal(text.includes('anthropic'), false)
})

test('states of keys replace what was shown before; what has no price adds no cost', async () => {
  const metrics = createMetrics({ providers: ['openai'], models: ['gpt-4o'], processMetrics: false })
  metrics.keyStates([{ provider: 'openai', key: 'old', open: true, coolingMs: 1 }])
  metrics.keyStates([{ provider: 'openai', key: 'main', open: false, coolingMs: 2_500 }])
  metrics.tokensUsed({ provider: 'openai', model: 'gpt-4o', input: 5, output: 7, cost: undefined })
  const text = await metrics.scrape()
  assert.match(text, /bifrost_circuit_breaker_open\{provider="openai",key="main"\} 0/)
  assert.match(text, /bifrost_key_cooldown_seconds\{provider="openai",key="main"\} 2.5/)
  assert.match(text, /bifrost_output_tokens_total\{provider="openai",model="gpt-4o"\} 7/)
  assert.equal(text.includes('key="old"'), false)
  assert.doesNotMatch(text, /^bifrost_cost_total\{/m)
})

test('the process collectors are there unless left out', async () => {
  assert.match(await createMetrics({ providers: [], models: [] }).scrape(), /^process_cpu_seconds_total /m)
})

test('docs/metrics.md holds exactly the table made from the definitions', async () => {
  const page = await readFile(new URL('../../docs/metrics.md', import.meta.url), 'utf8')
  const table = page
    .split('\n')
    .filter((line) => line.startsWith('|'))
    .join('\n')
  assert.equal(withoutPadding(table), withoutPadding(renderMetricsTable()))
})

/** A formatter may align the columns. */
function withoutPadding(table: string): string {
  return table.replace(/ *\| */g, '|').replace(/-+/g, '-')
}
