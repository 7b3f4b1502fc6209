import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import { aggregate, snapshotOf } from './aggregate.ts'
import { metricDefinitions as definitions, type MetricDefinition } from './metric-definitions.ts'
import type { Metrics } from './types.ts'

const other = 'other'
const none = 'none'

/** Codes are closed sets of ours; a text that is not shaped like one is never a label. */
const codeShape = /^[a-z0-9_-]{1,64}$/

/**
 * Creates the registry of one process. Label values come from closed sets only: `providers` are the configured ids,
 * `models` the names in the configuration and in the bundled list (`configuredNames`); any other name is shown as
 * `other`, one that was never known, or is empty, as `none`. `processMetrics: false` leaves out the collectors of the Node process.
 */
export function createMetrics(options: {
  readonly providers: Iterable<string>
  readonly models: Iterable<string>
  readonly processMetrics?: boolean
}): Metrics {
  const registry = new Registry()
  const providerLabel = closedSet(options.providers)
  const modelLabel = closedSet(options.models)
  const api = createApiMetrics(registry, providerLabel, modelLabel)
  const worker = createWorkerMetrics(registry, providerLabel, modelLabel)
  if (options.processMetrics !== false) collectDefaultMetrics({ register: registry })
  return {
    ...api,
    ...worker,
    ...createSpendMetrics(registry, providerLabel, modelLabel),
    scrape: (others = []) => (others.length === 0 ? registry.metrics() : aggregate(registry, others)),
    snapshot: () => snapshotOf(registry),
    contentType: registry.contentType,
  }
}

type Label = (value: string | undefined) => string

type ApiMetrics = Pick<
  Metrics,
  'requestFinished' | 'queueRejected' | 'queueWaited' | 'queueDepths' | 'passedOver'
>

function createApiMetrics(registry: Registry, providerLabel: Label, modelLabel: Label): ApiMetrics {
  const requests = counter(registry, definitions.requests)
  const requestDuration = histogram(registry, definitions.requestDuration)
  const queueDepth = gauge(registry, definitions.queueDepth)
  const queueCapacity = gauge(registry, definitions.queueCapacity)
  const queueRejections = counter(registry, definitions.queueRejections)
  const queueWait = histogram(registry, definitions.queueWait)
  const queueOldest = gauge(registry, definitions.queueOldest)
  const queueDrain = gauge(registry, definitions.queueDrain)
  const passedOver = counter(registry, definitions.passedOver)
  return {
    requestFinished({ provider, model, status, surface, durationMs }) {
      const labels = {
        provider: providerLabel(provider),
        model: modelLabel(model),
        status: String(status),
        surface,
      }
      requests.inc(labels, 1)
      requestDuration.observe(labels, durationMs / 1000)
    },
    queueRejected({ provider, reason }) {
      queueRejections.inc({ provider: providerLabel(provider), reason: code(reason) }, 1)
    },
    queueWaited({ provider, waitMs }) {
      queueWait.observe({ provider: providerLabel(provider) }, waitMs / 1000)
    },
    queueDepths(depths) {
      queueDepth.reset()
      queueCapacity.reset()
      queueOldest.reset()
      queueDrain.reset()
      for (const depth of depths) {
        const provider = providerLabel(depth.provider)
        for (const state of ['waiting', 'delayed', 'active', 'admitted'] as const) {
          queueDepth.set({ provider, state }, depth[state])
        }
        queueCapacity.set({ provider }, depth.capacity)
        queueOldest.set({ provider }, depth.oldestWaitMs / 1000)
        queueDrain.set({ provider }, depth.drainPerSecond)
      }
    },
    passedOver({ provider, reason }) {
      passedOver.inc({ provider: providerLabel(provider), reason: code(reason) }, 1)
    },
  }
}

type WorkerMetrics = Pick<
  Metrics,
  'upstreamFinished' | 'jobStalled' | 'outcomeUnknown' | 'retried' | 'fellBack'
>

function createWorkerMetrics(registry: Registry, providerLabel: Label, modelLabel: Label): WorkerMetrics {
  const upstreamRequests = counter(registry, definitions.upstreamRequests)
  const upstreamLatency = histogram(registry, definitions.upstreamLatency)
  const stalledJobs = counter(registry, definitions.stalledJobs)
  const outcomeUnknown = counter(registry, definitions.outcomeUnknown)
  const retries = counter(registry, definitions.retries)
  const fallbacks = counter(registry, definitions.fallbacks)
  return {
    upstreamFinished({ provider, model, operation, outcome, durationMs }) {
      const labels = {
        provider: providerLabel(provider),
        model: modelLabel(model),
        method: code(operation),
      }
      upstreamRequests.inc({ ...labels, outcome: code(outcome) }, 1)
      upstreamLatency.observe({ ...labels, is_success: String(outcome.startsWith('2')) }, durationMs / 1000)
    },
    jobStalled({ provider }) {
      stalledJobs.inc({ provider: providerLabel(provider) }, 1)
    },
    outcomeUnknown({ provider }) {
      outcomeUnknown.inc({ provider: providerLabel(provider) }, 1)
    },
    retried({ provider, outcome }) {
      retries.inc({ provider: providerLabel(provider), outcome }, 1)
    },
    fellBack({ from, to }) {
      fallbacks.inc({ provider: providerLabel(from), to: providerLabel(to) }, 1)
    },
  }
}

type SpendMetrics = Pick<Metrics, 'tokensUsed' | 'cacheHit' | 'rateLimited' | 'keyStates'>

function createSpendMetrics(registry: Registry, providerLabel: Label, modelLabel: Label): SpendMetrics {
  const inputTokens = counter(registry, definitions.inputTokens)
  const outputTokens = counter(registry, definitions.outputTokens)
  const cost = counter(registry, definitions.cost)
  const cacheHits = counter(registry, definitions.cacheHits)
  const rateLimited = counter(registry, definitions.rateLimited)
  const breakerOpen = gauge(registry, definitions.breakerOpen)
  const keyCooling = gauge(registry, definitions.keyCooling)
  return {
    tokensUsed({ provider, model, input, output, cost: dollars }) {
      const labels = { provider: providerLabel(provider), model: modelLabel(model) }
      inputTokens.inc(labels, input)
      outputTokens.inc(labels, output)
      if (dollars !== undefined) cost.inc(labels, dollars)
    },
    cacheHit: (type) => cacheHits.inc({ cache_type: type }, 1),
    rateLimited: ({ per, unit }) => rateLimited.inc({ per: code(per), unit }, 1),
    keyStates(states) {
      breakerOpen.reset()
      keyCooling.reset()
      for (const { provider, key, open, coolingMs } of states) {
        breakerOpen.set({ provider: providerLabel(provider), key }, open ? 1 : 0)
        keyCooling.set({ provider: providerLabel(provider), key }, coolingMs / 1000)
      }
    },
  }
}

function closedSet(values: Iterable<string>): Label {
  const known = new Set(values)
  return (value) => (value === undefined || value === '' ? none : known.has(value) ? value : other)
}

function code(value: string): string {
  return codeShape.test(value) ? value : other
}

function shape(registry: Registry, definition: MetricDefinition) {
  return {
    name: definition.name,
    help: definition.help,
    labelNames: [...definition.labels],
    registers: [registry],
  }
}

function counter(registry: Registry, definition: MetricDefinition): Counter {
  return new Counter(shape(registry, definition))
}

function gauge(registry: Registry, definition: MetricDefinition): Gauge {
  return new Gauge(shape(registry, definition))
}

function histogram(registry: Registry, definition: MetricDefinition): Histogram {
  return new Histogram({ ...shape(registry, definition), buckets: [...(definition.buckets ?? [])] })
}
