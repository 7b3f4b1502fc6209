import type { AddressInfo } from 'node:net'
import type { TestContext } from 'node:test'
import { createLogger, createMetrics } from '#observability'
import { createMemoryStore } from '#store'
import { buildApp } from '../app.ts'
import { createAnswerCache } from '../cache/index.ts'
import type { ApiContext, InferenceRoute } from '../context.ts'
import { createInFlight } from '../in-flight.ts'
import { createPlanner } from '../plan.ts'
import { createRateLimits } from '../rate-limits/index.ts'
import { builtIn, shapeWires } from '../shape-wires.ts'
import { createFakeBroker } from './fake-broker.ts'
import { configOf, testConfigFile } from './start-api.suite.ts'

export { builtIn as wireNamed }

/** The application with routes of a test's own, on a free port, with a fake broker. Ends with the test. */
export async function startRoutes(context: TestContext, routes: readonly InferenceRoute[]) {
  const config = configOf(testConfigFile)
  const broker = createFakeBroker()
  let ids = 0
  const store = createMemoryStore()
  const logger = createLogger({ level: 'silent' })
  const metrics = createMetrics({
    providers: Object.keys(config.providers),
    models: [],
    processMetrics: false,
  })
  const api: ApiContext = {
    config,
    broker,
    store,
    logger,
    metrics,
    inFlight: createInFlight(),
    now: () => performance.now(),
    plan: createPlanner({ config, random: () => 0, factsOf: () => undefined }),
    rateLimits: createRateLimits({ config, store, logger, metrics }),
    cache: createAnswerCache({ config: config.routing.cache, store, logger }),
    costOf: () => undefined,
    newId: () => String(++ids),
    tenantOf: () => 'anonymous',
    forwardHeaders: [],
    clientStallMs: 1_000,
    bodyTimeoutMs: 1_000,
  }
  const app = await buildApp(api, { routes, direct: [], resources: [], wires: shapeWires() })
  await app.listen({ host: '127.0.0.1', port: 0 })
  context.after(() => app.close())
  const { port } = app.server.address() as AddressInfo
  return { broker, url: `http://127.0.0.1:${port}`, port }
}
