import { defaults } from './defaults.ts'
import { type Environment, firstSet } from './environment.ts'
import { nearest } from './nearest.ts'
import { ConfigError, createFindings, type Findings } from './problems.ts'

export const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const
export type LogLevel = (typeof logLevels)[number]

/** What the command line and the environment say before any file is read. */
export type Flags = {
  /** The file that `-config` names. */
  readonly config: string | undefined
  readonly host: string
  /** 0 = any free port. */
  readonly port: number
  readonly metricsPort: number
  readonly logLevel: LogLevel
  /** How many processes serve the port of a standalone; `auto` = one a core. */
  readonly processes: number | 'auto'
  /** `-help` was asked for: print `usage` and end. */
  readonly help: boolean
}

const names = ['config', 'host', 'port', 'metrics-port', 'log-level', 'processes', 'help'] as const
type FlagName = (typeof names)[number]

/** The text for `-help`. */
export const usage = `Flags (one dash or two, "-flag value" or "-flag=value"):
  -config <file>        config.json to read; else ./config.json, /app/config/config.json,
                        /app/data/config.json, else the providers' variables of the environment
  -host <address>       address to listen on (default ${defaults.host}; or BIFROST_HOST)
  -port <number>        port to listen on (default ${defaults.port}; 0 = any free one)
  -metrics-port <number>  port of a worker's /health, /ready and /metrics (default ${defaults.metricsPort})
  -log-level <level>    ${logLevels.join(', ')} (default ${defaults.logLevel}; or BIFROST_LOG_LEVEL, LOG_LEVEL)
  -processes <n|auto>   processes that share the port and all limits, where one process is both tiers; auto = one a
                        core (default 1; or BIFROST_PROCESSES)
  -help                 this text`

/**
 * Reads the arguments after the script's name. A flag wins over the environment, that over `overrides` (an app's own
 * defaults). Throws ConfigError telling every wrong flag.
 */
export function parseFlags(
  args: readonly string[],
  environment: Environment,
  overrides: Partial<Flags> = {},
): Flags {
  const findings = createFindings()
  const given = splitFlags(args, findings)
  const base = { ...builtIn, ...overrides }
  const host = given.get('host') ?? environment['BIFROST_HOST']
  const flags: Flags = {
    config: given.get('config') ?? base.config,
    host: host === undefined || host === '' ? base.host : host,
    port: portOf('port', given, base.port, findings),
    metricsPort: portOf('metrics-port', given, base.metricsPort, findings),
    logLevel: logLevelOf(given, environment, base.logLevel, findings),
    processes: processesOf(given, environment, base.processes, findings),
    help: given.has('help') || base.help,
  }
  if (findings.problems.length > 0) throw new ConfigError(findings.problems)
  return flags
}

const builtIn: Flags = {
  config: undefined,
  host: defaults.host,
  port: defaults.port,
  metricsPort: defaults.metricsPort,
  logLevel: defaults.logLevel,
  processes: 1,
  help: false,
}

function splitFlags(args: readonly string[], findings: Findings): ReadonlyMap<FlagName, string> {
  const given = new Map<FlagName, string>()
  for (let index = 0; index < args.length; index++) {
    const argument = args[index] ?? ''
    const match = /^--?([a-z-]+)(?:=(.*))?$/is.exec(argument)
    const name = names.find((known) => known === (match?.[1] === 'h' ? 'help' : match?.[1]))
    if (name === undefined) {
      findings.problem(shownArgument(argument), `is not a flag${suggestion(match?.[1])}`)
      index += valuesOfUnknown(match, args[index + 1])
      continue
    }
    if (name === 'help') given.set(name, '')
    else {
      const value = match?.[2] ?? args[++index]
      if (value === undefined || value === '')
        findings.problem(`-${name}`, `needs a value: -${name} <value>.`)
      else given.set(name, value)
    }
  }
  return given
}

/** 1 where the argument after a misspelt flag is its value, and so no mistake of its own; else 0. */
function valuesOfUnknown(flag: RegExpExecArray | null, next: string | undefined): 0 | 1 {
  const isValue = next !== undefined && !next.startsWith('-')
  return flag !== null && flag[2] === undefined && isValue ? 1 : 0
}

/** Only the flag's name is shown: what stands beside it may be a credential. */
function shownArgument(argument: string): string {
  return /^--?[a-z-]{1,40}(?==|$)/i.exec(argument)?.[0] ?? 'an argument'
}

function suggestion(name: string | undefined): string {
  const likely = name === undefined ? undefined : nearest(name, names)
  if (likely !== undefined) return `; did you mean -${likely}?`
  return `; the flags are ${names.map((known) => `-${known}`).join(', ')}.`
}

function portOf(
  name: 'port' | 'metrics-port',
  given: ReadonlyMap<FlagName, string>,
  fallback: number,
  findings: Findings,
): number {
  const text = given.get(name)
  if (text === undefined) return fallback
  if (/^\d{1,5}$/.test(text) && Number(text) <= 65_535) return Number(text)
  findings.problem(`-${name}`, 'must be a port: a whole number from 0 to 65535.')
  return fallback
}

const mostProcesses = 256

function processesOf(
  given: ReadonlyMap<FlagName, string>,
  environment: Environment,
  fallback: Flags['processes'],
  findings: Findings,
): Flags['processes'] {
  const flag = given.get('processes')
  const found =
    flag === undefined ? firstSet(environment, ['BIFROST_PROCESSES']) : { name: '-processes', value: flag }
  if (found === undefined) return fallback
  const text = found.value.toLowerCase()
  if (text === 'auto') return text
  if (/^\d{1,3}$/.test(text) && Number(text) >= 1 && Number(text) <= mostProcesses) return Number(text)
  findings.problem(found.name, `must be auto, or a whole number from 1 to ${mostProcesses}.`)
  return fallback
}

function logLevelOf(
  given: ReadonlyMap<FlagName, string>,
  environment: Environment,
  fallback: LogLevel,
  findings: Findings,
): LogLevel {
  const flag = given.get('log-level')
  const found =
    flag === undefined
      ? firstSet(environment, ['BIFROST_LOG_LEVEL', 'LOG_LEVEL'])
      : { name: '-log-level', value: flag }
  if (found === undefined) return fallback
  const text = found.value.toLowerCase()
  const level = logLevels.find((known) => known === (text === 'warning' ? 'warn' : text))
  if (level === undefined) findings.problem(found.name, `must be one of ${logLevels.join(', ')}.`)
  return level ?? fallback
}
