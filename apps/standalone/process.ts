import { cacheCompiledModules } from '#process/compile-cache'

cacheCompiledModules()
const { boot, runProcess } = await import('#process')
const { joinPrimary } = await import('#process/cluster')
const { startStandalone } = await import('./start-standalone.ts')

/** One of the processes that main.ts starts with -processes: both tiers, as in one process, beside its siblings. */
await runProcess(async () => {
  const member = joinPrimary()
  const booted = boot(process.argv.slice(2), member)
  if (booted === undefined) return undefined
  const metrics = member.metricsOf(booted.metrics)
  const running = await startStandalone({ ...booted, metrics }, member.open)
  return { ...running, ended: member.ended }
})
