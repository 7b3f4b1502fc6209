import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import Anthropic from '@anthropic-ai/sdk'
import OpenAI from 'openai'
import type { JsonObject } from '#contract'
import {
  freePort,
  type GatewayHarness,
  type SimulatedProviders,
  sharedRedisUrl,
  simulatedConfig,
  startGateway,
  startSimulatedProviders,
  until,
} from '#testing'

const hello = [{ role: 'user', content: 'hello' }]
const mebibyte = 1024 * 1024

type Wrong = {
  readonly title: string
  readonly body: string | JsonObject
  readonly headers?: Readonly<Record<string, string>>
  readonly status: number
  /** OpenAI's `error.code`, where the gateway itself answers. */
  readonly code?: string
  /** Must stand in the message. */
  readonly says: RegExp
}

const wrongs: readonly Wrong[] = [
  { title: 'broken JSON', body: '{"model": "gpt-4o-mini", ', status: 400, says: /JSON/ },
  { title: 'not an object', body: '[1]', status: 400, says: /object/ },
  { title: 'no model', body: { messages: hello }, status: 400, says: /model/ },
  {
    title: 'unknown model of a provider with a list',
    body: { model: 'listed/nonsense', messages: hello },
    status: 404,
    code: 'model_not_found',
    says: /nonsense/,
  },
  {
    title: 'a registered provider that is not configured',
    body: { model: 'groq/llama', messages: hello },
    status: 404,
    code: 'model_not_found',
    says: /groq/,
  },
  {
    title: 'unknown model, as the vendor says it',
    body: { model: 'nonsense', messages: hello },
    status: 404,
    says: /nonsense/,
  },
  {
    title: 'unknown provider prefix: part of the model name, the vendor does not know it',
    body: { model: 'nowhere/gpt-4o', messages: hello },
    status: 404,
    says: /nowhere/,
  },
  { title: 'empty messages', body: { model: 'gpt-4o-mini', messages: [] }, status: 400, says: /messages/ },
  {
    title: 'a body above 25 MiB',
    body: { model: 'gpt-4o-mini', messages: [{ role: 'user', content: 'x'.repeat(30_000_000) }] },
    status: 413,
    says: /25/,
  },
  {
    title: 'wrong content type',
    body: { model: 'gpt-4o-mini', messages: hello },
    headers: { 'content-type': 'text/plain' },
    status: 415,
    says: /application\/json/,
  },
  {
    title: 'a provider whose wire this build does not speak',
    body: { model: 'elevenlabs/speaker', messages: hello },
    status: 501,
    code: 'not_implemented',
    says: /elevenlabs/,
  },
  {
    title: 'an upstream that cannot be reached',
    body: { model: 'unreachable/gpt-4o-mini', messages: hello },
    status: 502,
    says: /could not be reached/,
  },
  {
    title: 'an upstream that answers HTML',
    body: { model: 'openai/gpt-4o-mini-simulated-html', messages: hello },
    status: 502,
    says: /html/i,
  },
]

for (const mode of ['standalone-memory', 'split'] as const) {
  describe(`bad input through ${mode}`, () => {
    let providers: SimulatedProviders
    let gateway: GatewayHarness

    before(async () => {
      providers = await startSimulatedProviders()
      const redis = mode === 'standalone-memory' ? {} : { redisUrl: await sharedRedisUrl() }
      gateway = await startGateway({ mode, config: await manyProviders(providers.url), ...redis })
    })
    after(async () => {
      await gateway.close()
      await providers.close()
    })

    async function post(
      path: string,
      body: string | JsonObject,
      headers: Readonly<Record<string, string>> = {},
    ) {
      return fetch(`${gateway.url}${path}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: typeof body === 'string' ? body : JSON.stringify(body),
      })
    }

    for (const wrong of wrongs) {
      test(`${wrong.title}: ${wrong.status} in the caller's shape`, async () => {
        const response = await post('/openai/v1/chat/completions', wrong.body, wrong.headers)
        const { error } = (await response.json()) as {
          error: { message: string; type: string; code: unknown }
        }
        assert.equal(response.status, wrong.status, JSON.stringify(error))
        assert.match(error.message, wrong.says)
        assert.equal(typeof error.type, 'string')
        if (wrong.code !== undefined) assert.equal(error.code, wrong.code)
        assert.doesNotMatch(JSON.stringify(error), /at .*\.ts:\d+/)
      })

      test(`${wrong.title}: on the Anthropic surface too`, async () => {
        const body = typeof wrong.body === 'string' ? wrong.body : { max_tokens: 10, ...wrong.body }
        const response = await post('/anthropic/v1/messages', body, wrong.headers)
        const answer = (await response.json()) as { type: string; error: { type: string; message: string } }
        assert.equal(response.status, wrong.status, JSON.stringify(answer))
        assert.equal(answer.type, 'error')
        assert.equal(typeof answer.error.type, 'string')
        assert.ok(answer.error.message.length > 0)
      })
    }

    test('a 3 MB body with an image passes', async () => {
      const url = `data:image/png;base64,${'A'.repeat(3 * mebibyte)}`
      const content = [
        { type: 'text', text: 'what is this' },
        { type: 'image_url', image_url: { url } },
      ]
      const response = await post('/openai/v1/chat/completions', {
        model: 'gpt-4o',
        messages: [{ role: 'user', content }],
      })
      assert.equal(response.status, 200, await response.text())
    })

    test("a wrong upstream key arrives as the SDK's AuthenticationError, native and crossed", async () => {
      const openai = new OpenAI({ baseURL: `${gateway.url}/openai`, apiKey: 'x', maxRetries: 0 })
      const anthropic = new Anthropic({ baseURL: `${gateway.url}/anthropic`, apiKey: 'x', maxRetries: 0 })
      for (const prefix of ['wrongkey', 'wrongkey-anthropic']) {
        const model = `${prefix}/${prefix === 'wrongkey' ? 'gpt-4o-mini' : 'claude-3-haiku-20240307'}`
        const messages = [{ role: 'user' as const, content: 'hi' }]
        await assert.rejects(openai.chat.completions.create({ model, messages }), OpenAI.AuthenticationError)
        await assert.rejects(
          anthropic.messages.create({ model, max_tokens: 5, messages }),
          Anthropic.AuthenticationError,
        )
      }
    })

    for (const fault of ['reset', 'fin', 'close']) {
      test(`an upstream that ends mid-stream (${fault}): an error for the SDK, no clean end`, async () => {
        const openai = new OpenAI({ baseURL: `${gateway.url}/openai`, apiKey: 'x', maxRetries: 0 })
        const anthropic = new Anthropic({ baseURL: `${gateway.url}/anthropic`, apiKey: 'x', maxRetries: 0 })
        const suffix = `simulated-${fault}-mid-stream`
        for (const prefix of ['openai/gpt-4o-mini', 'anthropic/claude-3-haiku-20240307']) {
          const model = `${prefix}-${suffix}`
          const messages = [{ role: 'user' as const, content: 'tell me a long story, please' }]
          // The error comes as an HTTP status or inside the stream, by how far the answer had come.
          await assert.rejects(async () => {
            const stream = await openai.chat.completions.create({ model, messages, stream: true })
            for await (const chunk of stream) assert.ok(chunk)
          }, OpenAI.APIError)
          await assert.rejects(
            anthropic.messages.stream({ model, max_tokens: 200, messages }).finalMessage(),
            Anthropic.AnthropicError,
          )
          const raw = await post('/openai/v1/chat/completions', { model, messages, stream: true })
          assert.doesNotMatch(await raw.text(), /\[DONE\]/)
        }
      })
    }

    test('a full queue: 429 queue_full with Retry-After, and room again afterwards', async () => {
      const held = ['a', 'b'].map((nonce) =>
        post('/openai/v1/chat/completions', {
          model: 'tiny/gpt-4o-mini-simulated-hold',
          messages: [{ role: 'user', content: nonce }],
        }),
      )
      await providers.callStarted({ model: 'gpt-4o-mini-simulated-hold' })
      const refused = await until(async () => {
        const response = await post('/openai/v1/chat/completions', {
          model: 'tiny/gpt-4o-mini',
          messages: hello,
        })
        return response.status === 429 ? response : undefined
      })
      assert.match(refused.headers.get('retry-after') ?? '', /^\d+$/)
      const { error } = (await refused.json()) as { error: { code: string } }
      assert.equal(error.code, 'queue_full')
      await until(() => providers.release() > 0)
      await until(() => providers.release() > 0)
      for (const response of await Promise.all(held)) assert.equal(response.status, 200)
      await until(async () => {
        const response = await post('/openai/v1/chat/completions', {
          model: 'tiny/gpt-4o-mini',
          messages: hello,
        })
        return response.status === 200
      })
    })

    test('a client that leaves while it waits is never sent up', async () => {
      const blocker = post('/openai/v1/chat/completions', {
        model: 'tiny/gpt-4o-mini-simulated-hold',
        messages: [{ role: 'user', content: 'blocker' }],
      })
      await providers.callStarted({ nonce: 'blocker' })
      const leaving = new AbortController()
      const waiting = fetch(`${gateway.url}/openai/v1/chat/completions`, {
        method: 'POST',
        signal: leaving.signal,
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ model: 'tiny/gpt-4o-mini', messages: [{ role: 'user', content: 'leaver' }] }),
      })
      await depthIs(gateway.url, 'tiny', 'waiting', 1)
      leaving.abort()
      await assert.rejects(waiting)
      await depthIs(gateway.url, 'tiny', 'waiting', 0)
      providers.release()
      assert.equal((await blocker).status, 200)
      assert.equal(providers.calls.filter((call) => call.nonce === 'leaver').length, 0)
    })

    test('a client that leaves mid-stream, or while the provider thinks, closes the upstream socket', async () => {
      for (const model of ['gpt-4o-mini-simulated-stall-mid-stream', 'gpt-4o-mini-simulated-hang']) {
        const leaving = new AbortController()
        const nonce = `leaves ${model}`
        const streaming = fetch(`${gateway.url}/openai/v1/chat/completions`, {
          method: 'POST',
          signal: leaving.signal,
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({ model, stream: true, messages: [{ role: 'user', content: nonce }] }),
        })
        await providers.callStarted({ nonce })
        if (model.includes('stall')) await (await streaming).body?.getReader().read()
        leaving.abort()
        await streaming.catch(() => undefined)
        const call = await providers.clientClosed({ nonce })
        assert.equal(call.closedByClient, true)
      }
    })

    test('no log line holds a body, a key or a stack', () => {
      const lines = [...gateway.apis, ...gateway.workers].flatMap((process) => [
        ...process.stdout,
        ...process.stderr,
      ])
      assert.ok(lines.length > 10, 'no log')
      for (const line of lines)
        assert.doesNotMatch(line, /tell me a long story|sk-simulated|sk-ant-simulated|AAAAAAAA/)
    })
  })
}

async function manyProviders(url: string): Promise<JsonObject> {
  const { providers } = simulatedConfig(url)
  const custom = (base: string, key: string, more: JsonObject = {}) => ({
    keys: [{ value: key, models: [], weight: 1 }],
    network_config: { base_url: url },
    custom_provider_config: { base_provider_type: base },
    ...more,
  })
  return {
    providers: {
      ...providers,
      listed: custom('openai', 'sk-simulated-openai', {
        keys: [{ value: 'sk-simulated-openai', models: ['gpt-4o-mini'], weight: 1 }],
      }),
      wrongkey: custom('openai', 'sk-wrong'),
      'wrongkey-anthropic': custom('anthropic', 'sk-wrong'),
      unreachable: custom('openai', 'sk-simulated-openai', {
        network_config: { base_url: `http://127.0.0.1:${await freePort()}` },
      }),
      tiny: custom('openai', 'sk-simulated-openai', {
        concurrency_and_buffer_size: { concurrency: 1, buffer_size: 1 },
      }),
      elevenlabs: { keys: [{ value: 'g', models: [], weight: 1 }] },
    },
  }
}

async function depthIs(url: string, provider: string, state: string, value: number): Promise<void> {
  await until(async () => {
    const text = await (await fetch(`${url}/metrics`)).text()
    const line = text
      .split('\n')
      .find(
        (each) =>
          each.includes('bifrost_queue_depth') &&
          each.includes(`"${provider}"`) &&
          each.includes(`"${state}"`),
      )
    return line?.endsWith(` ${value}`)
  })
}
