import { Agent, get, type IncomingHttpHeaders, request } from 'node:http'
import type { JsonObject } from '#contract'
import {
  type GatewayHarness,
  type GatewayProcess,
  type SimulatedProviders,
  sharedRedisUrl,
  startGateway,
  startSimulatedProviders,
  until,
} from '#testing'
import { anthropicLike, openaiLike } from './policy.suite.ts'

/** `tight` and `wide` by their limits, others by what happens to them. */
const processesConfig = (url: string): JsonObject => ({
  providers: {
    tight: openaiLike('tight', url, { concurrency_and_buffer_size: { concurrency: 6, buffer_size: 4 } }),
    wide: openaiLike('wide', url, { concurrency_and_buffer_size: { concurrency: 8, buffer_size: 500 } }),
    down: openaiLike('down', url),
    limited: openaiLike('limited', url),
    openai: openaiLike('openai', url),
    kept: openaiLike('kept', url),
    claude: anthropicLike('claude', url),
  },
  routing: {
    circuit_breaker: { volume_threshold: 8, open_in_seconds: 60 },
    rate_limits: [{ per: 'provider', match: 'limited', requests_per_minute: 5 }],
  },
})

export type Answered = {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly text: string
}

/** A gateway of several processes on one port, over simulated providers. */
export type ProcessesStage = {
  readonly providers: SimulatedProviders
  readonly gateway: GatewayHarness
  /** The one that was started. */
  readonly primary: GatewayProcess
  readonly url: string
  /** One chat on a connection of its own, so that the processes take turns; or on those of `agent`. */
  ask(
    model: string,
    text: string,
    options?: { readonly agent?: Agent; readonly body?: JsonObject },
  ): Promise<Answered>
  /** Which process answered. */
  processOf(answer: Answered): Promise<number>
  /** Process → pid, of those that have begun to listen. */
  pids(): Readonly<Record<number, number>>
  close(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

/** Several processes that start at once beside other tests take their time. */
export const startMs = 60_000

export async function startProcessesStage(options: {
  readonly processes: number
  readonly redis: boolean
}): Promise<ProcessesStage> {
  const providers = await startSimulatedProviders()
  const gateway = await startGateway({
    mode: options.redis ? 'standalone-redis' : 'standalone-memory',
    config: processesConfig(providers.url),
    ...(options.redis && { redisUrl: await sharedRedisUrl() }),
    args: ['-processes', String(options.processes)],
    readyTimeoutMs: startMs,
  })
  const [primary] = gateway.apis
  if (primary === undefined) throw new Error('nothing was started')
  for (let number = 1; number <= options.processes; number += 1) {
    await primary.line(new RegExp(`"process":${number},.*"msg":"listening"`), { timeoutMs: startMs })
  }
  // Connections are dealt out in turn, and a process listens before it has its Redis: as many in a row as reach each twice.
  let ready = 0
  await until(
    async () => {
      ready = (await isReady(gateway.url)) ? ready + 1 : 0
      return ready >= 2 * options.processes
    },
    { timeoutMs: startMs },
  )
  const close = async () => {
    await gateway.close()
    await providers.close()
  }
  return {
    providers,
    gateway,
    primary,
    url: gateway.url,
    ask(model, text, { agent, body = {} } = {}) {
      const messages = [{ role: 'user', content: text }]
      return post(`${gateway.url}/v1/chat/completions`, JSON.stringify({ model, messages, ...body }), agent)
    },
    async processOf({ headers }) {
      const line = await primary.line(new RegExp(`"requestId":"${headers['x-request-id']}"`))
      return Number((JSON.parse(line) as { process: number }).process)
    },
    pids: () =>
      Object.fromEntries(
        primary.stdout
          .filter((line) => line.includes('"msg":"listening"'))
          .map((line) => JSON.parse(line) as { process: number; pid: number })
          .map(({ process, pid }) => [process, pid]),
      ),
    close,
    [Symbol.asyncDispose]: close,
  }
}

/** On a connection of its own. */
function isReady(url: string): Promise<boolean> {
  return new Promise((resolve) => {
    get(`${url}/ready`, { agent: new Agent() }, (response) => {
      response.resume()
      resolve(response.statusCode === 200)
    }).on('error', () => resolve(false))
  })
}

/** Rejects when the connection ends without an answer. */
function post(url: string, body: string, agent: Agent = new Agent()): Promise<Answered> {
  return new Promise((resolve, reject) => {
    const sent = request(url, { method: 'POST', agent, headers: { 'content-type': 'application/json' } })
    sent.on('error', reject)
    sent.on('response', (response) => {
      let text = ''
      response.setEncoding('utf8').on('data', (piece: string) => {
        text += piece
      })
      response.on('error', reject)
      response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, text }))
    })
    sent.end(body)
  })
}
