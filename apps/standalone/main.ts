import { cacheCompiledModules } from '#process/compile-cache'

cacheCompiledModules()
const { boot, processCount, runProcess } = await import('#process')

/** API and worker in one process, or in several that share its port: in-memory queues, or BullMQ where a Redis is named. */
await runProcess(async () => {
  const args = process.argv.slice(2)
  const booted = boot(args)
  if (booted === undefined) return undefined
  const count = processCount(booted.flags)
  if (count === 1) {
    const { startStandalone } = await import('./start-standalone.ts')
    return startStandalone(booted)
  }
  const { startProcesses } = await import('#process/cluster')
  // A script of its own, in TypeScript or as it was packed.
  const entry = import.meta.filename.replace(/main(?=\.\w+$)/, 'process')
  return startProcesses(booted, { count, entry, args })
})
