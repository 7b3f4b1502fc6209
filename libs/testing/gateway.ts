import { randomUUID } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { JsonObject } from '#contract'
import { freePort } from './ports.ts'
import { type ProcessHarness, repositoryRoot, startProcess } from './processes.ts'
import { simulatedKeys } from './providers/models.ts'

export const gatewayModes = ['standalone-memory', 'standalone-redis', 'split'] as const
export type GatewayMode = (typeof gatewayModes)[number]

export type GatewayOptions = {
  readonly mode: GatewayMode
  /** `config.json`; a `queue.key_prefix` of its own is added, so that gateways can share a Redis. */
  readonly config: JsonObject
  /** Required but for `standalone-memory`. */
  readonly redisUrl?: string
  /** For `split`; 1 each. */
  readonly apiCount?: number
  readonly workerCount?: number
  readonly env?: Readonly<Record<string, string>>
  /** Further arguments, for example `['-log-level', 'debug']`. */
  readonly args?: readonly string[]
  readonly readyTimeoutMs?: number
  /** Scripts to run in the place of the product's own. */
  readonly entries?: Partial<Readonly<Record<Entry, string>>>
}

type Entry = 'standalone' | 'api' | 'worker'

/** A process of the gateway that answers HTTP: the API, or a worker's metrics. */
export type GatewayProcess = ProcessHarness & { readonly url: string }

/** A gateway of whole processes, ready when it is returned. */
export type GatewayHarness = {
  readonly mode: GatewayMode
  /** Of the first API process. */
  readonly url: string
  /** API processes; a standalone counts as one. Those that were killed stay in the list. */
  readonly apis: readonly GatewayProcess[]
  readonly workers: readonly GatewayProcess[]
  readonly configPath: string
  /** Adds one to a `split` gateway. */
  startApi(): Promise<GatewayProcess>
  startWorker(): Promise<GatewayProcess>
  /** Kills everything and removes the config. */
  close(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

/** Starts the gateway's real entry points with their real flags. Rejects with the last lines of one that fails. */
export async function startGateway(options: GatewayOptions): Promise<GatewayHarness> {
  const { mode } = options
  if (mode !== 'standalone-memory' && options.redisUrl === undefined) {
    throw new Error(`A gateway in mode ${mode} needs redisUrl; sharedRedisUrl() has one.`)
  }
  const directory = await mkdtemp(join(tmpdir(), 'bifrost-gateway-'))
  const configPath = join(directory, 'config.json')
  await writeFile(configPath, JSON.stringify(withKeyPrefix(options.config), null, 2))
  const apis: GatewayProcess[] = []
  const workers: GatewayProcess[] = []
  const start = (entry: Entry) => startEntry(entry, { options, configPath, directory })

  const startApi = async () => remember(apis, await start('api'))
  const startWorker = async () => remember(workers, await start('worker'))
  const close = async () => {
    await Promise.all([...apis, ...workers].map((process) => process.close()))
    await rm(directory, { recursive: true, force: true })
  }
  try {
    if (mode === 'split') {
      const repeat = (count: number, task: () => Promise<unknown>) => Array.from({ length: count }, task)
      await allOrFirstError([
        ...repeat(options.apiCount ?? 1, startApi),
        ...repeat(options.workerCount ?? 1, startWorker),
      ])
    } else remember(apis, await start('standalone'))
  } catch (error) {
    await close()
    throw error
  }
  return {
    mode,
    url: apis[0]?.url ?? '',
    apis,
    workers,
    configPath,
    startApi,
    startWorker,
    close,
    [Symbol.asyncDispose]: close,
  }
}

/** Config for the simulated providers: every vendor, any model, their base URL. `extra` adds top-level members. */
export function simulatedConfig(
  providersUrl: string,
  extra: JsonObject = {},
): JsonObject & { readonly providers: JsonObject } {
  const provider = (key: string) => ({
    keys: [{ value: key, models: [], weight: 1 }],
    network_config: { base_url: providersUrl },
  })
  return {
    ...extra,
    providers: {
      openai: provider(simulatedKeys.openai),
      anthropic: provider(simulatedKeys.anthropic),
      gemini: provider(simulatedKeys.gemini),
    },
  }
}

/** The same with every provider that is simulated. */
export function wholeSimulatedConfig(
  providersUrl: string,
  extra: JsonObject = {},
): JsonObject & { readonly providers: JsonObject } {
  const provider = (value: string, account: JsonObject = {}) => ({
    keys: [{ value, ...account }],
    network_config: { base_url: providersUrl },
  })
  const { providers, ...rest } = simulatedConfig(providersUrl, extra)
  const region = { bedrock_key_config: { region: 'us-east-1' } }
  return {
    ...rest,
    providers: {
      ...providers,
      cohere: provider(simulatedKeys.cohere),
      bedrock: provider(simulatedKeys.bedrock, region),
      replicate: provider(simulatedKeys.replicate),
      elevenlabs: provider(simulatedKeys.elevenlabs),
    },
  }
}

async function startEntry(
  entry: Entry,
  place: { readonly options: GatewayOptions; readonly configPath: string; readonly directory: string },
): Promise<GatewayProcess> {
  const { options } = place
  const script = options.entries?.[entry] ?? join(repositoryRoot, 'apps', entry, 'main.ts')
  const port = await freePort()
  const portFlag = entry === 'worker' ? '-metrics-port' : '-port'
  const url = `http://127.0.0.1:${port}`
  const flags = ['-config', place.configPath, '-host', '127.0.0.1', portFlag, String(port)]
  const redis = options.mode === 'standalone-memory' ? {} : { REDIS_URL: options.redisUrl ?? '' }
  const harness = await startProcess({
    args: [script, ...flags, ...(options.args ?? [])],
    env: { ...redis, ...options.env },
    // Away from any config.json of the developer's.
    cwd: place.directory,
    ready: `${url}/ready`,
    ...(options.readyTimeoutMs !== undefined && { readyTimeoutMs: options.readyTimeoutMs }),
  })
  return Object.defineProperties({ url }, Object.getOwnPropertyDescriptors(harness)) as GatewayProcess
}

/** Waits for all even when one fails, so that none is still starting when the rest is closed. */
async function allOrFirstError(tasks: readonly Promise<unknown>[]): Promise<void> {
  for (const result of await Promise.allSettled(tasks)) {
    if (result.status === 'rejected') throw result.reason
  }
}

function remember(processes: GatewayProcess[], process: GatewayProcess): GatewayProcess {
  processes.push(process)
  return process
}

function withKeyPrefix(config: JsonObject): JsonObject {
  const queue = config['queue']
  return {
    ...config,
    queue: { key_prefix: `test-${randomUUID()}`, ...(queue as JsonObject | undefined) },
  }
}
