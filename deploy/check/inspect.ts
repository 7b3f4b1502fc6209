import { until } from '#testing'
import { docker } from './docker.ts'
import type { Stack } from './stack.ts'

/** How many requests a container has answered, by its own account. */
export async function answeredBy(id: string, service: 'api' | 'worker'): Promise<number> {
  const [port, metric] =
    service === 'api' ? [8080, 'bifrost_requests_total'] : [9100, 'bifrost_upstream_requests_total']
  const text = await fetchInside(id, `http://127.0.0.1:${port}/metrics`)
  const samples = text.split('\n').filter((line) => line.startsWith(`${metric}{`))
  return samples.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' '))), 0)
}

/** Calls that the simulated provider saw end before its answer was whole. */
export async function callsClosedByClient(stack: Stack): Promise<number> {
  const [simulated = ''] = await stack.containers('simulated')
  const calls = JSON.parse(await fetchInside(simulated, 'http://127.0.0.1:9000/_simulated/calls'))
  return calls.filter((call: { readonly closedByClient: boolean }) => call.closedByClient).length
}

function fetchInside(id: string, url: string): Promise<string> {
  const script = `fetch('${url}').then((r) => r.text()).then((t) => process.stdout.write(t))`
  return docker(['exec', id, 'node', '-e', script])
}

/** Resolves when all of these containers are healthy. */
export async function healthy(ids: readonly string[]): Promise<void> {
  const states = () => docker(['inspect', '--format', '{{.State.Health.Status}}', ...ids])
  await until(async () => (await states()).split('\n').every((state) => state === 'healthy'), {
    timeoutMs: 60_000,
    intervalMs: 250,
    what: 'the containers to be healthy',
  })
}
