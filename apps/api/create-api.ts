import { randomBytes } from 'node:crypto'
import type { AddressInfo } from 'node:net'
import type { Config } from '#config'
import type { ProviderId } from '#contract'
import type { Logger, Metrics } from '#observability'
import { costOf, createPrices } from '#prices'
import { factsOf, knownModels } from '#providers/catalogue'
import type { Broker } from '#queue'
import type { Store } from '#store'
import { buildApp } from './app.ts'
import { createTenantDigest } from './authenticate.ts'
import { createAnswerCache } from './cache/index.ts'
import type { ApiContext, DeploymentRoute } from './context.ts'
import { draining } from './exchange.ts'
import { createInFlight } from './in-flight.ts'
import { listModels } from './models/list-models.ts'
import { createPlanner, createResolver } from './plan.ts'
import { createRateLimits } from './rate-limits/index.ts'
import { forwardedHeaderNames } from './request-options.ts'
import { anthropicRoutes } from './routes/anthropic.ts'
import { withAzure } from './routes/azure.ts'
import { bedrockRoutes } from './routes/bedrock.ts'
import { cohereRoutes } from './routes/cohere.ts'
import { cursorRoutes } from './routes/cursor.ts'
import { genaiRoutes } from './routes/genai.ts'
import { modelRoutes } from './routes/models.ts'
import { openaiRoutes, responsesRoutes } from './routes/openai.ts'
import { openaiMediaRoutes } from './routes/openai-media.ts'
import { operationRoutes } from './routes/operations.ts'
import { resourceRoutes } from './routes/resources.ts'
import { builtIn, shapeWires } from './shape-wires.ts'
import { watchTargets } from './target-facts.ts'

export type ApiOptions = {
  readonly config: Config
  /** Belongs to the caller, who closes it after `drain`. */
  readonly broker: Broker
  /** Belongs to the caller as well. */
  readonly store: Store
  readonly logger: Logger
  readonly metrics: Metrics
  /** Monotonic milliseconds. */
  readonly now?: () => number
  /** In [0, 1), for weighted aliases. */
  readonly random?: () => number
  /** 128 random bits as hex. */
  readonly newId?: () => string
  /** How long a caller may leave its socket full before its answer is given up. */
  readonly clientStallMs?: number
  /** How long a body that is held whole, or the head of a form, may take to arrive. */
  readonly bodyTimeoutMs?: number
}

export type Api = {
  /** Rejects with the system's error (`EADDRINUSE`, `EACCES`) when the address cannot be taken. Port 0 = any. */
  listen(address: { readonly host: string; readonly port: number }): Promise<{
    readonly url: string
    readonly port: number
  }>
  /**
   * Readiness and new requests answer 503 from now on; those in hand get `server.drain_timeout` to end, then end with
   * an error (in a stream: an error event). Resolves when the listener is closed. May be called more than once.
   */
  drain(): Promise<void>
}

const defaultClientStallMs = 30_000
const defaultBodyTimeoutMs = 15_000
/** What an error answer may still need to get out before its connection is cut. */
const lastWordMs = 2_000

/**
 *   serving  → drain() → draining   the listener stays open so that callers get a 503 and not a refused connection
 *   draining → all requests ended, or the drain timeout and then the last word → closed
 */
export async function createApi(options: ApiOptions): Promise<Api> {
  const { config, broker, store, logger, metrics } = options
  const prices = createPrices(config.routing.prices)
  const watch = watchTargets({ config, prices, facts: store.facts, broker, logger })
  await store.facts.follow(Object.keys(config.providers))
  const api: ApiContext = {
    config,
    broker,
    store,
    logger,
    metrics,
    inFlight: createInFlight(),
    now: options.now ?? (() => performance.now()),
    plan: createPlanner({ config, random: options.random ?? Math.random, factsOf: watch.factsOf }),
    rateLimits: createRateLimits({ config, store, logger, metrics }),
    cache: createAnswerCache({ config: config.routing.cache, store, logger }),
    costOf: ({ provider, model }, usage) => {
      const price = prices.priceOf(provider, model)
      return price && costOf(usage, price)
    },
    newId: options.newId ?? createIds(),
    tenantOf: createTenantDigest(config),
    forwardHeaders: forwardedHeaderNames(config.server.forwardHeaders),
    clientStallMs: options.clientStallMs ?? defaultClientStallMs,
    bodyTimeoutMs: options.bodyTimeoutMs ?? defaultBodyTimeoutMs,
  }
  const wires = shapeWires()
  const everywhere = <Route extends DeploymentRoute & { readonly ownProvider: ProviderId }>(
    routes: readonly Route[],
  ) => withAzure(routes, deploymentsOwner(config))
  const app = await buildApp(api, {
    routes: everywhere([
      ...operationRoutes(builtIn),
      ...openaiRoutes(wires.openai, builtIn('openai-completions')),
      ...anthropicRoutes(wires.anthropic),
      ...cohereRoutes(wires.cohere),
      ...cursorRoutes(wires.openai),
      ...bedrockRoutes(wires.bedrock),
      ...genaiRoutes(wires.genai),
      ...openaiMediaRoutes(builtIn),
      ...responsesRoutes(builtIn('openai-responses')),
    ]),
    direct: everywhere(
      modelRoutes({
        models: listModels(config, knownModels),
        resolve: createResolver(config),
        wires: { ...wires, genai: wires.genai },
      }),
    ),
    resources: everywhere(resourceRoutes({ ...wires, responses: builtIn('openai-responses') })),
    wires,
  })
  let drained: Promise<void> | undefined
  const drain = async () => {
    api.inFlight.stopAccepting()
    if (!(await endsWithin(api.inFlight.whenEmpty(), config.server.drainTimeoutMs))) {
      logger.warn({ inFlight: api.inFlight.size }, 'drain timeout: ending the requests in hand')
      api.inFlight.abortAll(draining())
      await endsWithin(api.inFlight.whenEmpty(), lastWordMs)
    }
    watch.close()
    const closed = app.close()
    // What is left are idle connections and requests that have not sent their head yet.
    app.server.closeAllConnections()
    await closed
  }
  return {
    async listen(address) {
      await app.listen({ ...address })
      const bound = app.server.address() as AddressInfo
      const host = bound.family === 'IPv6' ? `[${bound.address}]` : bound.address
      return { url: `http://${host}:${bound.port}`, port: bound.port }
    },
    drain: () => {
      drained ??= drain()
      return drained
    },
  }
}

/** Whose deployments an Azure client means by a bare name: the first configured provider that has some. */
function deploymentsOwner({ providers }: Config): ProviderId {
  const owner = Object.values(providers).find(({ id, custom }) => factsOf(id, custom)?.deployments)
  return owner?.id ?? 'openai'
}

/** Random bytes are drawn 256 ids at a time: one system call for all. */
function createIds(): () => string {
  const idBytes = 16
  let pool = Buffer.alloc(0)
  let offset = 0
  return () => {
    if (offset >= pool.length) {
      pool = randomBytes(idBytes * 256)
      offset = 0
    }
    offset += idBytes
    return pool.toString('hex', offset - idBytes, offset)
  }
}

async function endsWithin(work: Promise<void>, limitMs: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined
  const limit = new Promise<false>((resolve) => {
    timer = setTimeout(() => resolve(false), limitMs)
  })
  try {
    return await Promise.race([work.then(() => true), limit])
  } finally {
    clearTimeout(timer)
  }
}
