import { AggregatorRegistry, type MetricObject, type Registry } from 'prom-client'
import { type MetricDefinition, metricDefinitions } from './metric-definitions.ts'
import type { MetricsSnapshot } from './types.ts'

/** What each of them says of the whole gateway: one process's word is enough, and the asked one's is the freshest. */
const told = new Set(
  Object.values<MetricDefinition>(metricDefinitions)
    .filter(({ type }) => type === 'gauge')
    .map(({ name }) => name),
)

type Shown = MetricObject & { readonly values?: readonly { readonly value: number | null }[] }

/** What a process counted, for another one that is asked for all of them. */
export async function snapshotOf(registry: Registry): Promise<MetricsSnapshot> {
  const metrics = (await registry.getMetricsAsJSON()) as readonly Shown[]
  return metrics.filter(({ name }) => !told.has(name))
}

/** As one process would show it: counters, histograms and sizes summed, delays as their averages. */
export async function aggregate(registry: Registry, others: readonly MetricsSnapshot[]): Promise<string> {
  const own = await registry.getMetricsAsJSON()
  return merge([own, ...others]).metrics()
}

/** What processes counted that have ended: their gauges went with them, their counts must not. */
export async function endedSnapshot(ended: readonly MetricsSnapshot[]): Promise<MetricsSnapshot> {
  const counted = ended.map((snapshot) =>
    (snapshot as readonly Shown[]).filter(({ type }) => String(type) !== 'gauge'),
  )
  return (await merge(counted).getMetricsAsJSON()) as MetricsSnapshot
}

function merge(snapshots: readonly MetricsSnapshot[]): Registry {
  const readable = snapshots.map((snapshot) =>
    (snapshot as readonly Shown[]).map((metric) => ({
      ...metric,
      // A delay that was never measured is no number, which JSON knows as null.
      values: (metric.values ?? []).filter(({ value }) => Number.isFinite(value)),
    })),
  )
  return AggregatorRegistry.aggregate(readable as unknown as object[])
}
