import { isJsonObject, type Json, type WireId } from '#contract'
import { resolveAliases, resolveFallbacks } from './aliases.ts'
import { configFilePaths } from './defaults.ts'
import type { Environment } from './environment.ts'
import { checkShape } from './explain.ts'
import { deepFreeze } from './freeze.ts'
import { parseConfigText } from './parse.ts'
import type { Path } from './path.ts'
import { ConfigError, createFindings, type Findings } from './problems.ts'
import {
  type ProviderContext,
  providersOfEnvironment,
  providerVariables,
  resolveProvider,
} from './providers.ts'
import { resolveQueue } from './queue.ts'
import { resolveEnvironment } from './resolve-env.ts'
import { resolveRouting, withoutTargets } from './routing.ts'
import type { ConfigFile } from './schema.ts'
import { isIgnored, warnOfIgnored } from './schema-walk.ts'
import { resolveServer } from './server.ts'
import type { Config, ConfigWarning, ProviderConfig } from './types.ts'

/** Where the providers came from. */
export type ConfigSource = { readonly kind: 'file'; readonly path: string } | { readonly kind: 'environment' }

export type LoadedConfig = {
  /** Deeply frozen. */
  readonly config: Config
  /** What was accepted but does nothing, each once. */
  readonly warnings: readonly ConfigWarning[]
  readonly source: ConfigSource
}

export type LoadOptions = {
  /** What `-config` names, as `parseFlags` gives it. */
  readonly flags: { readonly config: string | undefined }
  readonly environment: Environment
  /** The text of a file, `undefined` when there is none; throws when it cannot be read. */
  readFile(path: string): string | undefined
  /** The wires that this build speaks; config must not know the codecs itself. */
  readonly spokenWires: readonly WireId[]
}

/**
 * Finds, reads, checks and resolves the configuration: file, `env.NAME`, defaults. Throws ConfigError with every
 * problem that was found.
 */
export function loadConfig(options: LoadOptions): LoadedConfig {
  const findings = createFindings()
  const found = findFile(options, findings)
  if (found === undefined) return finish({}, [], options, findings, { kind: 'environment' })
  const raw = parseConfigText(found.text, findings)
  if (raw === undefined) throw new ConfigError(findings.problems, `file ${found.path}`)
  const value = resolveEnvironment({ value: raw, environment: options.environment, findings, isIgnored })
  const broken = checkShape(value, findings)
  warnOfIgnored(value, findings)
  const whole = withoutBroken(value, broken)
  return finish(whole, broken, options, findings, { kind: 'file', path: found.path })
}

function findFile(
  { flags, readFile }: LoadOptions,
  findings: Findings,
): { readonly path: string; readonly text: string } | undefined {
  const paths = flags.config === undefined ? configFilePaths : [flags.config]
  for (const path of paths) {
    try {
      const text = readFile(path)
      if (text !== undefined) return { path, text }
    } catch (error) {
      findings.problem(path, `cannot be read: ${reasonOf(error)}`)
      throw new ConfigError(findings.problems)
    }
  }
  if (flags.config === undefined) return undefined
  findings.problem(
    '-config',
    `names the file ${JSON.stringify(flags.config)}, which does not exist; check the path, or leave -config out.`,
  )
  throw new ConfigError(findings.problems)
}

function reasonOf(error: unknown): string {
  const code = isJsonObject(error) || error instanceof Error ? (error as { code?: unknown }).code : undefined
  if (code === 'EISDIR') {
    return 'it is a directory (a container engine makes one where the file to be mounted does not exist); remove it and put the file there.'
  }
  if (code === 'EACCES') return 'permission denied; let the user that runs the gateway read it.'
  return `${typeof code === 'string' ? code : 'unknown error'}.`
}

/** The file without the entries whose shape is wrong, so that all others can still be checked. */
function withoutBroken(value: Json, broken: readonly Path[]): ConfigFile {
  if (!isJsonObject(value)) return {}
  const isWhole = (path: Path) => !broken.some((bad) => startsWith(bad, path) || startsWith(path, bad))
  const members = Object.entries(value).flatMap(([name, member]) => {
    if (name !== 'providers' || !isJsonObject(member)) return isWhole([name]) ? [[name, member] as const] : []
    const whole = Object.entries(member).filter(([id]) => isWhole([name, id]))
    return [[name, Object.fromEntries(whole)] as const]
  })
  // What is left has passed the schema.
  return Object.fromEntries(members) as ConfigFile
}

function startsWith(path: Path, beginning: Path): boolean {
  return beginning.every((segment, index) => path[index] === segment)
}

function finish(
  file: ConfigFile,
  broken: readonly Path[],
  options: LoadOptions,
  findings: Findings,
  source: ConfigSource,
): LoadedConfig {
  const context = { environment: options.environment, findings, spokenWires: options.spokenWires }
  // A file whose only provider is broken has not asked for those of the environment.
  const isSilent = broken.length === 0 && Object.keys(file.providers ?? {}).length === 0
  const written = isSilent ? undefined : file.providers
  const providers = resolveProviders(written, context)
  const configured = Object.fromEntries(providers.map((provider) => [provider.id, provider]))
  // With a broken provider left out, its aliases would look wrong too.
  const checkable = broken.length === 0 && providers.length === Object.keys(written ?? configured).length
  const config: Config = {
    providers: configured,
    modelAliases: checkable ? resolveAliases(file.model_aliases, configured, findings) : {},
    fallbacks: checkable ? resolveFallbacks(file.fallbacks, configured, findings) : [],
    queue: resolveQueue({
      queue: file.queue,
      environment: options.environment,
      providers: checkable ? configured : undefined,
      findings,
    }),
    routing: resolveRouting(checkable ? file.routing : withoutTargets(file.routing), configured, findings),
    server: resolveServer(file.server, findings),
  }
  if (broken.length === 0 && findings.problems.length === 0 && providers.length === 0)
    reportNoProvider(source, findings)
  if (findings.problems.length > 0) {
    throw new ConfigError(findings.problems, source.kind === 'file' ? `file ${source.path}` : undefined)
  }
  return deepFreeze({ config, warnings: findings.warnings, source })
}

function resolveProviders(
  file: ConfigFile['providers'],
  context: ProviderContext,
): readonly ProviderConfig[] {
  if (file === undefined) return providersOfEnvironment(context)
  return Object.entries(file).flatMap(([id, entry]) => resolveProvider(id, entry, context) ?? [])
}

function reportNoProvider(source: ConfigSource, findings: Findings): void {
  const variables = providerVariables()
  const file =
    source.kind === 'file'
      ? 'write "providers" in the file'
      : `give a file with -config (looked for ${configFilePaths.join(', ')})`
  findings.problem(
    'providers',
    `none is configured; set OPENAI_API_KEY or ANTHROPIC_API_KEY in the environment (an empty one counts as not set), or ${file}. Every vendor's variable: ${variables.join(', ')}.`,
  )
}
