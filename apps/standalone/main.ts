import { cacheCompiledModules } from '#process/compile-cache'

cacheCompiledModules()
const { boot, runProcess } = await import('#process')
const { startStandalone } = await import('./start-standalone.ts')

/** API and worker in one process: in-memory queues, or BullMQ where a Redis is named. */
await runProcess(async () => {
  const booted = boot(process.argv.slice(2))
  return booted === undefined ? undefined : await startStandalone(booted)
})
