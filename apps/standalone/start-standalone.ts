import { createApi } from '#api'
import { type Boot, createReload, type OpenBroker, openBroker, type RunningProcess } from '#process'
import { createWorkerTier } from '#worker'

/** The least time that the worker tier gets to end what it has in hand, however long the API took. */
const leastGraceMs = 1_000

/** Starts both tiers on one broker. Rejects with the system's error when the address cannot be had. */
export async function startStandalone(
  booted: Boot,
  open: (booted: Boot) => OpenBroker | Promise<OpenBroker> = openBroker,
): Promise<RunningProcess & { readonly url: string }> {
  const { flags, config, logger } = booted
  const { broker, store, close } = await open(booted)
  const worker = createWorkerTier({ ...booted, broker, store })
  const api = await createApi({ ...booted, broker, store })
  await worker.start()
  const { url } = await api.listen({ host: flags.host, port: flags.port })
  const kind = config.queue.redisUrl === undefined ? 'memory' : 'redis'
  logger.info({ url, tier: 'standalone', store: kind, pid: process.pid }, 'listening')
  return {
    logger,
    url,
    reload: createReload(booted, broker),
    async stop() {
      const startedAtMs = performance.now()
      await api.drain()
      const leftMs = config.server.drainTimeoutMs - (performance.now() - startedAtMs)
      await worker.drain(Math.max(leastGraceMs, leftMs))
      await worker.close()
      await close()
    },
  }
}
