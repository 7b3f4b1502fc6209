import { availableParallelism } from 'node:os'
import {
  type Config,
  ConfigError,
  type ConfigSource,
  type Flags,
  loadConfig,
  parseFlags,
  readConfigFile,
  readEnvironment,
  usage,
} from '#config'
import { type WireId, wireIds } from '#contract'
import { configuredNames, createLogger, createMetrics, type Metrics, type RootLogger } from '#observability'
import { knownModels } from '#providers/catalogue'
import { callerWireOf, providerWireOf } from '#translate'

/** What a process knows before it builds anything. */
export type Boot = {
  readonly flags: Flags
  readonly config: Config
  readonly source: ConfigSource
  readonly logger: RootLogger
  readonly metrics: Metrics
}

/** How many processes serve a standalone's port. */
export function processCount({ processes }: Pick<Flags, 'processes'>): number {
  return processes === 'auto' ? availableParallelism() : processes
}

/** Every API that this build speaks, or passes on. */
export const spokenWires: readonly WireId[] = wireIds.filter(
  (id) => providerWireOf(id) !== undefined || callerWireOf(id) !== undefined,
)

/**
 * Reads flags, environment and configuration, and opens logs and metrics. Throws ConfigError. `undefined` when only
 * help was asked for, which it prints. `member`: one of several processes; the primary has said what is to be said once.
 */
export function boot(args: readonly string[], member?: { readonly number: number }): Boot | undefined {
  const environment = readEnvironment()
  const flags = parseFlags(args, environment)
  if (flags.help) {
    process.stdout.write(`${usage}\n`)
    return undefined
  }
  const { config, warnings, source } = loadConfig({
    flags,
    environment,
    readFile: readConfigFile,
    spokenWires,
  })
  const logger = createLogger({
    level: flags.logLevel,
    sharesOutput: flags.processes !== 1,
    ...(member !== undefined && { fields: { process: member.number } }),
  })
  if (member === undefined) {
    logger.info(
      { source, providers: Object.keys(config.providers), node: process.version, pid: process.pid },
      'configuration read',
    )
    for (const warning of warnings) logger.warn(warning, 'configuration')
  }
  return { flags, config, source, logger, metrics: createMetrics(configuredNames(config, knownModels)) }
}

/** For a tier that reaches the other one through Redis only; `why` ends the sentence "is not set, and …". */
export function requireRedis({ config, flags }: Pick<Boot, 'config' | 'flags'>, why: string): void {
  if (flags.processes !== 1) {
    const message =
      'is for a process that is both tiers ("npm start"); start more processes of this one instead.'
    throw new ConfigError([{ path: '-processes', message }])
  }
  if (config.queue.redisUrl !== undefined) return
  const remedy = 'set it (or queue.redis_url), or run everything in one process with "npm start".'
  throw new ConfigError([{ path: 'REDIS_URL', message: `is not set, and ${why}; ${remedy}` }])
}
