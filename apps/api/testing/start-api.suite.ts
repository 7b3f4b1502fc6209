import { type Config, loadConfig } from '#config'
import { type Frame, type HeadFrame, type JobHeader, type Target, wireIds } from '#contract'
import { createLogger, createMetrics } from '#observability'
import { createMemoryStore } from '#store'
import { until } from '#testing'
import { providerWireOf } from '#translate'
import { type ApiOptions, createApi } from '../create-api.ts'
import { createFakeBroker } from './fake-broker.ts'

/** As an operator writes it; every provider id has a key. */
export const testConfigFile = {
  providers: {
    openai: {
      keys: [{ value: 'sk-CANARY-openai', models: ['gpt-4o-mini', 'gpt-4o', 'gpt-3.5-turbo-instruct'] }],
    },
    anthropic: { keys: [{ value: 'sk-CANARY-anthropic', models: ['claude-3-sonnet-20240229'] }] },
    gemini: { keys: [{ value: 'sk-CANARY-gemini' }] },
    cohere: { keys: [{ value: 'sk-CANARY-cohere', models: ['command-r7b-12-2024'] }] },
    elevenlabs: { keys: [{ value: 'sk-CANARY-elevenlabs' }] },
  },
  model_aliases: { fast: 'openai/gpt-4o-mini' },
}

/** Reads a configuration as a process does. */
export function configOf(file: object): Config {
  return loadConfig({
    flags: { config: 'config.json' },
    environment: {},
    readFile: () => JSON.stringify(file),
    spokenWires: wireIds.filter((id) => providerWireOf(id) !== undefined),
  }).config
}

/** The targets of a job, without how each is asked. */
export function targetsOf({ plan }: Pick<JobHeader, 'plan'>): readonly Target[] {
  return plan.map(({ provider, model }) => ({ provider, model }))
}

/** An API on a free port of this machine with a fake broker, and everything that it logs. */
export async function startApi(
  options: { readonly file?: object; readonly api?: Partial<ApiOptions>; readonly port?: number } = {},
) {
  const config = configOf({ ...testConfigFile, ...options.file })
  const broker = createFakeBroker()
  const store = createMemoryStore()
  const lines: string[] = []
  const logger = createLogger({ level: 'info', destination: { write: (line) => lines.push(line) } })
  const metrics = createMetrics({
    providers: Object.keys(config.providers),
    models: ['gpt-4o-mini', 'gpt-4o', 'claude-3-sonnet-20240229'],
    processMetrics: false,
  })
  const api = await createApi({ config, broker, store, logger, metrics, ...options.api })
  const { port } = await api.listen({ host: '127.0.0.1', port: options.port ?? 0 })
  const url = `http://127.0.0.1:${port}`
  const access = () =>
    lines
      .map((line) => JSON.parse(line) as Record<string, unknown>)
      .filter((line) => line['msg'] === 'request')
  return {
    api,
    broker,
    store: options.api?.store ?? store,
    config,
    port,
    url,
    lines,
    /** The access lines so far. */
    access,
    /**
     * The access line of one request, by our id or the caller's own, once it is written: a line is written when the
     * connection is done with the answer, which may be after the caller has read it.
     */
    accessOf(requestId: string | null | undefined) {
      const ofRequest = (line: Record<string, unknown>) =>
        line['requestId'] === requestId || line['callerRequestId'] === requestId
      return until(() => access().find(ofRequest), { what: `the access line of ${requestId}` })
    },
    post: (path: string, body: unknown, headers: Record<string, string> = {}, signal?: AbortSignal) =>
      fetch(`${url}${path}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: typeof body === 'string' ? body : JSON.stringify(body),
        ...(signal !== undefined && { signal }),
      }),
    close: () => api.drain(),
  }
}

export type TestApi = Awaited<ReturnType<typeof startApi>>

export const target = { provider: 'openai', model: 'gpt-4o-mini' }

export const chatRequest = { model: 'gpt-4o-mini', messages: [{ role: 'user', content: 'private prompt' }] }
export const messagesRequest = {
  model: 'claude-3-sonnet-20240229',
  max_tokens: 10,
  messages: [{ role: 'user', content: 'private prompt' }],
}

export const completionsRequest = { model: 'gpt-3.5-turbo-instruct', prompt: 'private prompt' }
export const cohereRequest = {
  model: 'command-r7b-12-2024',
  messages: [{ role: 'user', content: 'private prompt' }],
}

export function head(over: Partial<HeadFrame> = {}): Frame {
  return {
    type: 'head',
    status: 200,
    headers: { 'content-type': 'application/json' },
    target,
    attempts: [{ ...target, outcome: '200' }],
    queueMs: 1.4,
    warnings: [],
    ...over,
  }
}

export function chunk(text: string): Frame {
  return { type: 'chunk', bytes: Buffer.from(text) }
}

export function end(): Frame {
  return {
    type: 'end',
    usage: { input: { total: 5 }, output: { total: 2 } },
    stopReason: 'stop',
    attempts: [{ ...target, outcome: '200' }],
    warnings: [],
  }
}

export const streamHead = head({ headers: { 'content-type': 'text/event-stream; charset=utf-8' } })
