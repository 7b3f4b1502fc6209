import type { Config } from '#config'
import { isJsonObject, type Target } from '#contract'
import type { Logger } from '#observability'
import type { Prices } from '#prices'
import type { Broker, QueueDepth } from '#queue'
import type { TargetFacts } from '#routing'
import type { Facts } from '#store'

/** What is known of targets at this moment, for the strategies that compare them. */
export type TargetWatch = { factsOf(target: Target): TargetFacts; close(): void }

const refreshMs = 250

/**
 * Prices are looked up, latencies are facts that the workers share. Queue depths are read from the store four times a second,
 * and only where the configuration has `least-busy` anywhere.
 */
export function watchTargets(options: {
  readonly config: Config
  readonly prices: Prices
  readonly facts: Pick<Facts, 'get'>
  readonly broker: Pick<Broker, 'depths'>
  readonly logger: Logger
}): TargetWatch {
  const { config, prices, facts } = options
  const waits = watchQueues(options)
  return {
    factsOf: ({ provider, model }) => ({
      cost: blendedCost(prices, { provider, model }),
      latencyMs: latencyIn(facts.get(provider, `latency:${model}`)?.value),
      queueWaitMs: waits.of(provider, config.providers[provider]?.concurrency ?? 1),
    }),
    close: () => waits.close(),
  }
}

/** US dollars per million tokens of a usual request: three of input to one of output. */
function blendedCost(prices: Prices, { provider, model }: Target): number | undefined {
  const price = prices.priceOf(provider, model)
  return price === undefined ? undefined : (3 * price.input + price.output) / 4
}

function latencyIn(value: unknown): number | undefined {
  const latency = isJsonObject(value) ? value['p50Ms'] : undefined
  return typeof latency === 'number' ? latency : undefined
}

function watchQueues({
  config,
  broker,
  logger,
}: Pick<Parameters<typeof watchTargets>[0], 'config' | 'broker' | 'logger'>): {
  of(provider: string, concurrency: number): number | undefined
  close(): void
} {
  const { strategy, rules } = config.routing
  const isNeeded = [strategy, ...rules.map((rule) => rule.strategy)].includes('least-busy')
  if (!isNeeded) return { of: () => undefined, close: () => {} }
  const known = new Map<string, QueueDepth>()
  const providers = Object.keys(config.providers)
  const refresh = async () => {
    try {
      for (const depth of await broker.depths(providers)) known.set(depth.provider, depth)
    } catch (error) {
      known.clear()
      logger.debug({ error }, 'queue depths are not known: targets count as idle')
    }
  }
  void refresh()
  const timer = setInterval(() => void refresh(), refreshMs).unref()
  return {
    of(provider, concurrency) {
      const depth = known.get(provider)
      return depth === undefined ? undefined : expectedWaitMs(depth, concurrency)
    },
    close: () => clearInterval(timer),
  }
}

/** From the drain rate where something drains; an idle provider is told from a less idle one by how full it is. */
function expectedWaitMs(
  { waiting, delayed, active, drainPerSecond }: QueueDepth,
  concurrency: number,
): number {
  const behind = waiting + delayed
  if (behind === 0) return active / concurrency
  return (behind / Math.max(drainPerSecond, 0.1)) * 1000
}
