import { boot, runProcess } from '#process'
import { joinPrimary } from '#process/cluster'
import { startStandalone } from './start-standalone.ts'

/** One of the processes that main.ts starts with -processes: both tiers, as in one process, beside its siblings. */
await runProcess(async () => {
  const member = joinPrimary()
  const booted = boot(process.argv.slice(2), member)
  if (booted === undefined) return undefined
  const metrics = member.metricsOf(booted.metrics)
  const running = await startStandalone({ ...booted, metrics }, member.open)
  return { ...running, ended: member.ended }
})
