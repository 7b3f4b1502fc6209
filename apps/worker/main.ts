import { cacheCompiledModules } from '#process/compile-cache'

cacheCompiledModules()
const { boot, createReload, openBroker, requireRedis, runProcess } = await import('#process')
const { createWorkerTier } = await import('./create-worker-tier.ts')
const { createProbeServer } = await import('./probe-server.ts')

/** Orchestrators kill 30 s after SIGTERM; what is in hand must have its terminal frame out before that. */
const longestDrainMs = 25_000

/** The worker tier as a process of its own: takes jobs from Redis, asks providers, answers over Redis. */
await runProcess(async () => {
  const booted = boot(process.argv.slice(2))
  if (booted === undefined) return undefined
  requireRedis(booted, 'a worker process takes its jobs from Redis only')
  const { flags, config, logger, metrics } = booted
  const { broker, store, close } = await openBroker(booted)
  const tier = createWorkerTier({ ...booted, broker, store })
  const unreadyReason = () => {
    if (tier.state !== 'taking') return tier.state
    return broker.ready() ? undefined : 'store_unavailable'
  }
  const probes = createProbeServer({ unreadyReason, metrics, logger })
  const { port } = await probes.listen({ host: flags.host, port: flags.metricsPort })
  await tier.start()
  logger.info({ port, tier: 'worker', concurrency: concurrencies() }, 'taking jobs')

  return {
    logger,
    reload: createReload(booted, broker),
    async stop() {
      await tier.drain(Math.min(config.server.drainTimeoutMs, longestDrainMs))
      await tier.close()
      await close()
      await probes.close()
    },
  }

  function concurrencies(): Record<string, number> {
    return Object.fromEntries(Object.values(config.providers).map(({ id, concurrency }) => [id, concurrency]))
  }
})
