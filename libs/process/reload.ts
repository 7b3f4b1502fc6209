import {
  type ConfigChanges,
  ConfigError,
  changesBetween,
  type LoadedConfig,
  loadConfig,
  readConfigFile,
  readEnvironment,
} from '#config'
import type { Broker } from '#queue'
import { type Boot, spokenWires } from './boot.ts'

/*
 * The configuration read again while the process runs.
 *
 *   idle → reload() → reading → wrong: its problems are logged, nothing changes → idle
 *                             → right: limits are set, what needs a restart is named → idle
 *   Reloads that are asked for meanwhile follow one after another. What a restart is needed for is always told against the
 *   configuration that the process was started with.
 */

/** Reads the file that the process was started with, and applies what may change live. Never rejects. */
export function createReload(
  booted: Pick<Boot, 'config' | 'source' | 'logger'>,
  broker: Pick<Broker, 'setLimits'>,
): () => Promise<void> {
  const { logger } = booted
  let last: Promise<void> = Promise.resolve()

  async function reload(): Promise<void> {
    if (booted.source.kind !== 'file') {
      logger.warn({}, 'configuration came from the environment: there is no file to read again')
      return
    }
    const { path } = booted.source
    const read = readAgain(path)
    if ('problems' in read) {
      const { problems } = read
      logger.error({ path, problems }, 'configuration not reloaded: nothing was changed')
      return
    }
    for (const warning of read.warnings) logger.warn(warning, 'configuration')
    await apply(path, changesBetween(booted.config, read.config))
  }

  async function apply(file: string, { limits, needRestart }: ConfigChanges): Promise<void> {
    const outcomes = await Promise.all(
      limits.map(async ({ provider, ...limit }) => {
        try {
          await broker.setLimits(provider, limit)
          return [provider, limit] as const
        } catch (error) {
          logger.error({ provider, error }, 'limits not changed: send SIGHUP again')
          return undefined
        }
      }),
    )
    for (const path of needRestart)
      logger.warn({ path, message: 'Changed: needs a restart.' }, 'configuration')
    const set = outcomes.filter((outcome) => outcome !== undefined)
    logger.info({ path: file, limits: Object.fromEntries(set) }, 'configuration reloaded')
  }

  return () => {
    last = last.then(reload).catch((error: unknown) => {
      logger.error({ error }, 'configuration not reloaded')
    })
    return last
  }
}

function readAgain(path: string): LoadedConfig | { readonly problems: ConfigError['problems'] } {
  try {
    return loadConfig({
      flags: { config: path },
      environment: readEnvironment(),
      readFile: readConfigFile,
      spokenWires,
    })
  } catch (error) {
    if (error instanceof ConfigError) return error
    throw error
  }
}
