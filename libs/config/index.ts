/**
 * Front door `#config`: flags, environment and `config.json` → one frozen Config, or a ConfigError that says by path
 * what is wrong and what would be right. The only room that reads `process.env`.
 */
export { type ConfigChanges, changesBetween, type ProviderLimits } from './changes.ts'
export { configFilePaths, defaults } from './defaults.ts'
export { type Environment, readEnvironment } from './environment.ts'
export { type Flags, type LogLevel, logLevels, parseFlags, usage } from './flags.ts'
export { type ConfigSource, type LoadedConfig, type LoadOptions, loadConfig } from './load.ts'
export { ConfigError, type ConfigProblem } from './problems.ts'
export { publishedSchema } from './published-schema.ts'
export { readConfigFile } from './read-file.ts'
export { parseRedisAddress, redisAddressOf } from './redis-address.ts'
export type { ConfigFile } from './schema.ts'
export type * from './types.ts'
