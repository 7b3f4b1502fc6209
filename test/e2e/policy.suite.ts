import { randomUUID } from 'node:crypto'
import type { JsonObject } from '#contract'
import {
  type Call,
  type GatewayHarness,
  type GatewayMode,
  type GatewayOptions,
  type SimulatedProviders,
  sharedRedisUrl,
  simulatedKeys,
  startGateway,
  startSimulatedProviders,
  until,
} from '#testing'

/** What one request got. */
export type Answered = {
  readonly id: string
  readonly status: number
  readonly headers: Headers
  readonly text: string
  // biome-ignore lint/suspicious/noExplicitAny: an answer of some wire, looked into by tests
  readonly json: any
}

export type AskOptions = {
  readonly path?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly signal?: AbortSignal
}

/** A gateway of one configuration over simulated providers. */
export type PolicyStage = {
  readonly providers: SimulatedProviders
  readonly gateway: GatewayHarness
  readonly url: string
  /** One chat; `nonce` is what the user says and what calls are found by. */
  ask(model: string, nonce: string, body?: JsonObject, options?: AskOptions): Promise<Answered>
  /** The calls that a nonce has caused, in order. */
  callsOf(nonce: string): readonly Call[]
  /** The access line of an answer. */
  accessLine(answer: Pick<Answered, 'id'>): Promise<JsonObject>
  /** A metric's value over all its series that hold these labels, over all processes. */
  metric(name: string, labels: Readonly<Record<string, string>>): Promise<number>
  close(): Promise<void>
}

export const nonceOf = (name: string): string => `${name} ${randomUUID()}`

/** A provider with OpenAI's API whose calls are told by its key. */
export function openaiLike(name: string, url: string, more: JsonObject = {}): JsonObject {
  const { network_config: network, ...rest } = more
  return {
    keys: [{ name: `${name}-key`, value: `${simulatedKeys.openai}-${name}` }],
    ...(name === 'openai' ? {} : { custom_provider_config: { base_provider_type: 'openai' } }),
    network_config: { base_url: url, max_retries: 0, ...(network as JsonObject | undefined) },
    ...rest,
  }
}

export function anthropicLike(name: string, url: string, more: JsonObject = {}): JsonObject {
  const { network_config: network, ...rest } = more
  return {
    keys: [{ name: `${name}-key`, value: `${simulatedKeys.anthropic}-${name}` }],
    ...(name === 'anthropic' ? {} : { custom_provider_config: { base_provider_type: 'anthropic' } }),
    network_config: { base_url: url, max_retries: 0, ...(network as JsonObject | undefined) },
    ...rest,
  }
}

/** The name behind the key that a call was made with. */
export function keyOf({ headers }: Call): string {
  const key = headers.authorization?.replace('Bearer ', '') ?? String(headers['x-api-key'])
  return key.replace(`${simulatedKeys.openai}-`, '').replace(`${simulatedKeys.anthropic}-`, '')
}

export async function startPolicyStage(
  mode: GatewayMode,
  configOf: (providersUrl: string) => JsonObject,
  /** Absent = a Redis that others use too. */
  more: Pick<GatewayOptions, 'redisUrl' | 'workerCount'> = {},
): Promise<PolicyStage> {
  const providers = await startSimulatedProviders()
  const redis = mode === 'standalone-memory' ? {} : { redisUrl: more.redisUrl ?? (await sharedRedisUrl()) }
  const gateway = await startGateway({ mode, config: configOf(providers.url), ...more, ...redis })
  const { url } = gateway
  const processes = [...gateway.apis, ...gateway.workers]
  return {
    providers,
    gateway,
    url,
    async ask(model, nonce, body = {}, { path = '/openai/v1/chat/completions', headers, signal } = {}) {
      const id = randomUUID()
      const messages = [{ role: 'user', content: nonce }]
      const response = await fetch(`${url}${path}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'x-request-id': id, ...headers },
        body: JSON.stringify({ model, max_tokens: 100, messages, ...body }),
        ...(signal !== undefined && { signal }),
      })
      const text = await response.text()
      const isJson = response.headers.get('content-type')?.startsWith('application/json') === true
      const json = isJson ? JSON.parse(text) : undefined
      return { id, status: response.status, headers: response.headers, text, json }
    },
    callsOf: (nonce) => providers.calls.filter((call) => call.nonce?.includes(nonce) === true),
    async accessLine({ id }) {
      const lines = await Promise.any(gateway.apis.map((api) => api.line(new RegExp(`"${id}".*"request"`))))
      return JSON.parse(lines) as JsonObject
    },
    async metric(name, labels) {
      const texts = await Promise.all(
        processes.map(async (process) => (await fetch(`${process.url}/metrics`)).text()),
      )
      return texts.flatMap((text) => samplesOf(text, name, labels)).reduce((sum, value) => sum + value, 0)
    },
    async close() {
      await gateway.close()
      await providers.close()
    },
  }
}

function samplesOf(text: string, name: string, labels: Readonly<Record<string, string>>): readonly number[] {
  return text
    .split('\n')
    .filter((line) => line.startsWith(`${name}{`))
    .filter((line) => Object.entries(labels).every(([label, value]) => line.includes(`${label}="${value}"`)))
    .map((line) => Number(line.slice(line.lastIndexOf(' ') + 1)))
}

/** Waits until a provider's queue holds so many requests in a state, by the first API process' own figures. */
export async function untilQueued(
  stage: PolicyStage,
  queue: { readonly provider: string; readonly state: 'waiting' | 'admitted'; readonly count: number },
): Promise<void> {
  const { provider, state, count } = queue
  const depth = async () => {
    const text = await (await fetch(`${stage.url}/metrics`)).text()
    return samplesOf(text, 'bifrost_queue_depth', { provider, state })[0]
  }
  await until(async () => (await depth()) === count, { what: `${count} ${state} at ${provider}` })
}
