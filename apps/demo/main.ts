import { createApi } from '#api'
import { loadConfig, parseFlags, readEnvironment, usage } from '#config'
import { configuredNames, createLogger, createMetrics } from '#observability'
import { openBroker, runProcess, spokenWires } from '#process'
import { knownModels } from '#providers/catalogue'
import { startSimulatedProviders, wholeSimulatedConfig } from '#testing'
import { createWorkerTier } from '#worker'
import { introduction, linesToTry } from './print.ts'
import { failover, showTour } from './tour.ts'

/** The real address of this model asks for an account of Google's; Google's other API has it, too. */
const modelAliases = { 'vertex/gemini-pro': 'gemini/gemini-pro' }

/** Everything on one machine without a key: simulated providers, the gateway before them, one request per surface. */
await runProcess(async () => {
  const flags = parseFlags(process.argv.slice(2), readEnvironment(), { logLevel: 'warn' })
  if (flags.help) {
    console.log(usage)
    return undefined
  }
  const logger = createLogger({ level: flags.logLevel })
  const providers = await startSimulatedProviders({ chunkDelayMs: 40 })
  // No environment: a key or a Redis of the developer's shell has no part in this.
  const { config } = loadConfig({
    flags: { config: 'config.json' },
    environment: {},
    readFile: () => JSON.stringify(wholeSimulatedConfig(providers.url, { model_aliases: modelAliases })),
    spokenWires,
  })
  const metrics = createMetrics(configuredNames(config, knownModels))
  const { broker, store, close } = await openBroker({ config, logger, metrics })
  const worker = createWorkerTier({ config, broker, store, logger, metrics })
  const api = await createApi({ config, broker, store, logger, metrics })
  await worker.start()
  const { port } = await api.listen({ host: flags.host, port: flags.port })

  const url = `http://localhost:${port}`
  console.log(introduction(url))
  await showTour(url, console.log)
  console.log(linesToTry(url, failover))
  return {
    logger,
    async stop() {
      await api.drain()
      await worker.drain(1_000)
      await worker.close()
      await close()
      await providers.close()
    },
  }
})
