import { type MetricDefinition, metricDefinitions } from './metric-definitions.ts'

/** The table of `docs/metrics.md`: one row per metric, in the order of the definitions. */
export function renderMetricsTable(): string {
  const rows = Object.values<MetricDefinition>(metricDefinitions).map(
    (metric) =>
      `| \`${metric.name}\` | ${metric.type} | ${metric.labels.map((label) => `\`${label}\``).join(', ')} | ${metric.shownBy} | ${metric.help} |`,
  )
  return ['| metric | type | labels | counted by | meaning |', '|---|---|---|---|---|', ...rows].join('\n')
}
