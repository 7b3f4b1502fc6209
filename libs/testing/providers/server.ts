import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type CallFilter, createCallLog } from './call-log.ts'
import { control, controlPrefix } from './control.ts'
import { createDesk, type Desk } from './desk.ts'
import { simulatedAwsCredentials, simulatedKeys, simulatedModels } from './models.ts'
import { createScripts } from './scripts.ts'
import { type Call, type Script, type Stats, type VendorId, vendorIds } from './types.ts'

export type SimulatedProvidersOptions = {
  /** 0 = any free one. */
  readonly port?: number
  readonly host?: string
  /** Accepted credentials; each also with `-<anything>` behind it. Default: `simulatedKeys`. */
  readonly keys?: Partial<Readonly<Record<VendorId, readonly string[]>>>
  readonly acceptAnyKey?: boolean
  /** Known beside `simulatedModels`. */
  readonly models?: Partial<Readonly<Record<VendorId, readonly string[]>>>
  /** Lets unknown top-level members pass, which the vendors refuse. */
  readonly acceptUnknownParameters?: boolean
  /** Between the events of a stream (0: one turn of the event loop). */
  readonly chunkDelayMs?: number
  /** Joins so many events of a stream in one packet (1). */
  readonly eventsPerPacket?: number
  /** Before every answer (0). */
  readonly delayMs?: number
  /** How many past calls are remembered (10,000); 0 = none, for benchmarks. */
  readonly keepCalls?: number
  /** Longest request body kept with its call (1 MiB). */
  readonly keepBodyBytes?: number
}

export type WaitOptions = { readonly timeoutMs?: number }

/**
 * The vendors on one real HTTP server. `url` is the origin of all (`/v1/chat/completions`, `/v1/completions`,
 * `/v1/responses`, `/v1/messages`, `/v1beta/models/…:generateContent`, `/v2/chat`,
 * `/v2/rerank`, `/model/{id}/converse`, `/model/{id}/invoke` of rerankers, `/v1/models`), the vectors and counts of these
 * vendors, and OpenAI's media. The waits see past calls too, and reject after 10 s.
 */
export type SimulatedProviders = {
  readonly url: string
  readonly port: number
  /** In order of arrival, running ones included. */
  readonly calls: readonly Call[]
  stats(): Stats
  /** Calls that were read and understood. */
  callsStarted(count: number, filter?: CallFilter, options?: WaitOptions): Promise<readonly Call[]>
  callStarted(filter?: CallFilter, options?: WaitOptions): Promise<Call>
  callEnded(filter?: CallFilter, options?: WaitOptions): Promise<Call>
  clientClosed(filter?: CallFilter, options?: WaitOptions): Promise<Call>
  /** Decides the behaviour of calls that fit, before their model's name does. */
  script(script: Script): void
  /** Lets held calls go on; returns how many. */
  release(): number
  /** Forgets calls and scripts, and releases what is held. */
  reset(): void
  /** Cuts every connection. */
  close(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

export async function startSimulatedProviders(
  options: SimulatedProvidersOptions = {},
): Promise<SimulatedProviders> {
  const log = createCallLog({
    keepCalls: options.keepCalls ?? 10_000,
    keepBodyBytes: options.keepBodyBytes ?? 1024 * 1024,
  })
  const scripts = createScripts()
  const desk = createDesk({
    log,
    scripts,
    accepts: acceptsKey(options),
    models: modelsOf(options),
    acceptUnknown: options.acceptUnknownParameters ?? false,
    baseBehaviour: {
      delayMs: options.delayMs ?? 0,
      chunkDelayMs: options.chunkDelayMs ?? 0,
      eventsPerPacket: options.eventsPerPacket ?? 1,
    },
    idSeed: randomBytes(6).toString('hex'),
  })
  const reset = () => {
    log.reset()
    scripts.clear()
    desk.release()
  }
  const controls = { log, script: scripts.add, release: desk.release, reset }
  const server = createServer((request, response) => receive(request, response, { desk, controls }))
  // Vendors keep idle connections far longer than Node's 5 s.
  server.keepAliveTimeout = 75_000
  server.listen(options.port ?? 0, options.host ?? '127.0.0.1')
  await once(server, 'listening')
  const { address, port } = server.address() as AddressInfo

  const wait = async (
    state: 'started' | 'ended' | 'client-closed',
    count: number,
    filter: CallFilter = {},
    wanted: WaitOptions = {},
  ) => log.wait({ state, count, filter, timeoutMs: wanted.timeoutMs ?? 10_000 })
  const one = (calls: readonly Call[]) => calls[0] as Call

  return {
    url: `http://${address.includes(':') ? `[${address}]` : address}:${port}`,
    port,
    calls: log.calls,
    stats: log.stats,
    callsStarted: (count, filter, wanted) => wait('started', count, filter, wanted),
    callStarted: async (filter, wanted) => one(await wait('started', 1, filter, wanted)),
    callEnded: async (filter, wanted) => one(await wait('ended', 1, filter, wanted)),
    clientClosed: async (filter, wanted) => one(await wait('client-closed', 1, filter, wanted)),
    script: scripts.add,
    release: desk.release,
    reset,
    close: () => close(server),
    [Symbol.asyncDispose]: () => close(server),
  }
}

function receive(
  request: IncomingMessage,
  response: ServerResponse,
  rooms: { readonly desk: Desk; readonly controls: Parameters<typeof control>[0] },
): void {
  const chunks: Buffer[] = []
  request.on('data', (chunk: Buffer) => chunks.push(chunk))
  request.on('end', () => {
    const body = chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks)
    const path = request.url ?? '/'
    if (path.startsWith(controlPrefix)) {
      const url = new URL(path, 'http://simulated')
      control(rooms.controls, { method: request.method ?? '', url, body }, response)
      return
    }
    rooms.desk.answer(request, response, body)
  })
}

function modelsOf({ models = {} }: SimulatedProvidersOptions): Readonly<Record<VendorId, readonly string[]>> {
  return byVendor((id) => [...simulatedModels[id], ...(models[id] ?? [])])
}

function byVendor<T>(make: (id: VendorId) => T): Readonly<Record<VendorId, T>> {
  return Object.fromEntries(vendorIds.map((id) => [id, make(id)])) as Record<VendorId, T>
}

/** What each vendor accepts where nothing else is said. */
const defaultKeys: Readonly<Record<VendorId, readonly string[]>> = {
  ...byVendor((id) => [simulatedKeys[id]]),
  bedrock: [simulatedKeys.bedrock, simulatedAwsCredentials.accessKeyId],
}

function acceptsKey(options: SimulatedProvidersOptions): (vendor: VendorId, key: string) => boolean {
  const keys = byVendor((id) => options.keys?.[id] ?? defaultKeys[id])
  if (options.acceptAnyKey) return (_vendor, key) => key !== ''
  return (vendor, key) => keys[vendor].some((known) => key === known || key.startsWith(`${known}-`))
}

async function close(server: Server): Promise<void> {
  if (!server.listening) return
  const closed = once(server, 'close')
  server.close()
  server.closeAllConnections()
  await closed
}
