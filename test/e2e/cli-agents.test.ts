import assert from 'node:assert/strict'
import { once } from 'node:events'
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, describe, test } from 'node:test'
import Anthropic from '@anthropic-ai/sdk'
import { GoogleGenAI } from '@google/genai'
import OpenAI from 'openai'
import {
  type GatewayHarness,
  type SimulatedProviders,
  simulatedConfig,
  startGateway,
  startSimulatedProviders,
} from '#testing'

/** What command-line agents need of the gateway, one test per need (docs/clients.md). */

let providers: SimulatedProviders
let gateway: GatewayHarness
/** Answers what the simulated vendors do not. */
let vendor: http.Server
const asked: { readonly url: string; readonly body: string }[] = []

before(async () => {
  providers = await startSimulatedProviders()
  vendor = http.createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk)
    asked.push({ url: request.url ?? '', body: Buffer.concat(chunks).toString() })
    response.writeHead(200, { 'content-type': 'application/json' })
    const output = [{ id: 'cmp_1', type: 'compaction', encrypted_content: 'sealed' }]
    response.end(JSON.stringify({ id: 'resp_c', object: 'response.compaction', created_at: 1, output }))
  })
  vendor.listen(0, '127.0.0.1')
  await once(vendor, 'listening')
  const base_url = `http://127.0.0.1:${(vendor.address() as AddressInfo).port}`
  const config = simulatedConfig(providers.url)
  const compacting = {
    keys: [{ value: 'sk-compacting' }],
    network_config: { base_url },
    custom_provider_config: {
      base_provider_type: 'openai',
      allowed_requests: { responses: true, chat_completion: true },
    },
  }
  // Has no way to count tokens.
  const groq = { keys: [{ value: 'gsk' }], network_config: { base_url } }
  gateway = await startGateway({
    mode: 'standalone-memory',
    config: { ...config, providers: { ...config.providers, compacting, groq } },
  })
})
after(async () => {
  await gateway.close()
  await providers.close()
  vendor.close()
})

const head = (path: string) => fetch(gateway.url + path, { method: 'HEAD' })
const said = 'You said: one two three'

describe('Claude Code', () => {
  const claude = () =>
    new Anthropic({
      baseURL: `${gateway.url}/anthropic`,
      // As ANTHROPIC_AUTH_TOKEN sends it.
      authToken: 'dummy',
      apiKey: null,
      maxRetries: 0,
      defaultHeaders: {
        'user-agent': 'claude-cli/2.1.197 (external, cli)',
        'x-app': 'cli',
        'anthropic-dangerous-direct-browser-access': 'true',
      },
    })
  /** As the tool writes it: marks on blocks, an adaptive budget, its own way to manage the context. */
  const body = {
    max_tokens: 2_000,
    system: [
      { type: 'text' as const, text: 'You are an agent.' },
      { type: 'text' as const, text: 'Be brief.', cache_control: { type: 'ephemeral' as const } },
    ],
    messages: [
      {
        role: 'user' as const,
        content: [
          { type: 'text' as const, text: 'one two three', cache_control: { type: 'ephemeral' as const } },
        ],
      },
    ],
    tools: [{ name: 'Bash', description: 'Runs.', input_schema: { type: 'object' as const } }],
    tool_choice: { type: 'none' as const },
    metadata: { user_id: 'user_1_account__session_2' },
  }
  const betas = ['claude-code-20250219', 'interleaved-thinking-2025-05-14']

  test('asks whether anyone is at home', async () => {
    for (const path of [
      '/',
      '/anthropic',
      '/anthropic/',
      '/anthropic/api/hello',
      '/api/hello',
      '/v1',
      '/litellm/anthropic',
    ]) {
      const answer = await head(path)
      assert.equal(answer.status, 200, path)
      assert.equal(await answer.text(), '')
    }
    assert.equal((await head('/nowhere')).status, 404)
  })

  for (const model of ['claude-opus-4-8', 'openai/gpt-4o', 'gemini/gemini-2.5-flash']) {
    test(`messages with ?beta=true and betas: ${model}, whole and streamed`, async () => {
      const whole = await claude().beta.messages.create({ ...body, model, betas })
      assert.deepEqual(
        whole.content.map((block) => block.type === 'text' && block.text),
        [said],
      )
      const stream = claude().beta.messages.stream({ ...body, model, betas })
      assert.equal(await stream.finalMessage().then(({ content }) => content[0]?.type), 'text')
      const { headers, path } = providers.calls.at(-1) ?? assert.fail('no call')
      const isOwn = path.startsWith('/v1/messages')
      // The betas are the vendor's own; nobody else is told of them.
      assert.equal(headers['anthropic-beta'], isOwn ? betas.join(',') : undefined)
    })
  }

  test('what only Anthropic knows does not end a request to another provider; it is named', async () => {
    const answer = await fetch(`${gateway.url}/anthropic/v1/messages?beta=true`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'anthropic-version': '2023-06-01' },
      body: JSON.stringify({
        ...body,
        model: 'openai/gpt-4o',
        context_management: { edits: [{ type: 'clear_tool_uses_20250919' }] },
      }),
    })
    assert.equal(answer.status, 200)
    assert.match(answer.headers.get('x-bifrost-warnings') ?? '', /unsupported:context_management/)
  })

  test('counts tokens, also of models whose providers do not', async () => {
    const { messages, system, tools } = body
    const model = 'groq/llama-3.3-70b-versatile'
    const counted = await claude().beta.messages.countTokens({ model, messages, system, tools, betas })
    assert.ok(counted.input_tokens > 0)
  })

  test('lists models', async () => {
    const page = await claude().beta.models.list({ limit: 1_000 })
    assert.ok(page.data.some(({ id }) => id.startsWith('anthropic/claude-')))
  })
})

describe('Codex', () => {
  const codex = () => new OpenAI({ baseURL: `${gateway.url}/openai/v1`, apiKey: 'dummy', maxRetries: 0 })

  for (const model of ['gpt-5.4-mini', 'anthropic/claude-opus-4-8']) {
    test(`a streamed response that is not kept: ${model}`, async () => {
      const stream = await codex().responses.create(
        {
          model,
          instructions: 'You are an agent.',
          input: [
            { type: 'message', role: 'user', content: [{ type: 'input_text', text: 'one two three' }] },
          ],
          tools: [
            {
              type: 'function',
              name: 'shell',
              strict: false,
              parameters: { type: 'object', properties: {} },
            },
          ],
          tool_choice: 'none',
          parallel_tool_calls: false,
          reasoning: { effort: 'medium', summary: 'auto' },
          store: false,
          include: ['reasoning.encrypted_content'],
          prompt_cache_key: 'session-1',
          stream: true,
        },
        { headers: { originator: 'codex_cli_rs', 'session-id': 's', 'user-agent': 'codex_cli_rs/0.147.0' } },
      )
      let text = ''
      let last = ''
      for await (const event of stream) {
        last = event.type
        if (event.type === 'response.output_text.delta') text += event.delta
      }
      assert.equal(text, said)
      assert.equal(last, 'response.completed')
    })
  }

  test('compacts a conversation at the provider that has it; others say that they cannot', async () => {
    const input = [{ role: 'user' as const, content: 'one two three' }]
    const compacted = await codex().responses.compact({ model: 'compacting/gpt-5.4-mini', input })
    assert.equal(compacted.output[0]?.type, 'compaction')
    assert.equal(asked.at(-1)?.url, '/v1/responses/compact')
    assert.equal(JSON.parse(asked.at(-1)?.body ?? '{}').model, 'gpt-5.4-mini')
    await assert.rejects(
      codex().responses.compact({ model: 'anthropic/claude-opus-4-8', input } as never),
      (error) => error instanceof OpenAI.APIError && error.status === 501,
    )
  })

  test('reads a list of models in which its own stay, and everyone else reads theirs', async () => {
    const list = async (query: string) =>
      (await fetch(`${gateway.url}/openai/v1/models${query}`)).json() as Promise<{ models?: []; data: [] }>
    assert.deepEqual((await list('?client_version=0.147.0')).models, [])
    const plain = await list('')
    assert.equal('models' in plain, false)
    assert.ok(plain.data.length > 0)
  })

  test('is told at once that there is no WebSocket', async () => {
    const request = http.get(`${gateway.url}/openai/v1/responses`, {
      headers: {
        connection: 'Upgrade',
        upgrade: 'websocket',
        'sec-websocket-version': '13',
        'sec-websocket-key': 'AAAAAAAAAAAAAAAAAAAAAA==',
      },
    })
    const [response] = (await once(request, 'response')) as [http.IncomingMessage]
    response.resume()
    assert.equal(response.statusCode, 426)
    await once(response, 'end')
  })
})

describe('Gemini CLI', () => {
  for (const model of ['gemini-2.5-pro', 'openai/gpt-4o']) {
    test(`streams with alt=sse: ${model}`, async () => {
      const gemini = new GoogleGenAI({
        apiKey: 'dummy',
        httpOptions: { baseUrl: `${gateway.url}/genai`, headers: { 'user-agent': 'GeminiCLI/0.9.0' } },
      })
      const contents = [{ role: 'user', parts: [{ text: 'one two three' }] }]
      const config = {
        systemInstruction: { role: 'user', parts: [{ text: 'You are an agent.' }] },
        temperature: 0,
        topP: 1,
      }
      let text = ''
      const stream = await gemini.models.generateContentStream({ model, contents, config })
      for await (const chunk of stream) text += chunk.text ?? ''
      assert.equal(text, said)
    })
  }

  test('counts tokens', async () => {
    const gemini = new GoogleGenAI({ apiKey: 'dummy', httpOptions: { baseUrl: `${gateway.url}/genai` } })
    const counted = await gemini.models.countTokens({
      model: 'groq/llama-3.3-70b-versatile',
      contents: 'x y',
    })
    assert.ok(Number(counted.totalTokens) > 0)
  })
})
