import { boot, runProcess } from '#process'
import { startStandalone } from './start-standalone.ts'

/** API and worker in one process: in-memory queues, or BullMQ where a Redis is named. */
await runProcess(async () => {
  const booted = boot(process.argv.slice(2))
  return booted === undefined ? undefined : await startStandalone(booted)
})
