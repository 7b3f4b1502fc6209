import { cacheCompiledModules } from '#process/compile-cache'

cacheCompiledModules()
const { boot, openBroker, requireRedis, runProcess } = await import('#process')
const { createApi } = await import('./index.ts')

/** The API tier as a process of its own: the workers are other processes, so it needs Redis. */
await runProcess(async () => {
  const booted = boot(process.argv.slice(2))
  if (booted === undefined) return undefined
  requireRedis(booted, 'an API process reaches its workers through Redis only')
  const { flags, logger } = booted
  const { broker, store, close } = await openBroker(booted)
  const api = await createApi({ ...booted, broker, store })
  const { url } = await api.listen({ host: flags.host, port: flags.port })
  logger.info({ url, tier: 'api' }, 'listening')
  return {
    logger,
    async reload() {
      logger.info({}, 'SIGHUP: an API process changes nothing live; send it to a worker to change limits')
    },
    async stop() {
      await api.drain()
      await close()
    },
  }
})
