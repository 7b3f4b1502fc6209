import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import Anthropic, {
  APIConnectionError,
  APIError,
  AuthenticationError,
  BadRequestError,
  InternalServerError,
  NotFoundError,
  RateLimitError,
} from '@anthropic-ai/sdk'
import { type SimulatedProviders, simulatedKeys, startSimulatedProviders } from './index.ts'

describe('simulated Anthropic, seen by the @anthropic-ai/sdk package', () => {
  let providers: SimulatedProviders
  before(async () => {
    providers = await startSimulatedProviders()
  })
  after(() => providers.close())

  const client = (apiKey = simulatedKeys.anthropic) =>
    new Anthropic({ apiKey, baseURL: providers.url, maxRetries: 0 })
  const base = { model: 'claude-3-sonnet-20240229', max_tokens: 100 }
  const ask = (content: string) => [{ role: 'user' as const, content }]
  const post = (body: unknown, headers: Record<string, string> = {}) =>
    fetch(`${providers.url}/v1/messages`, {
      method: 'POST',
      headers: { 'x-api-key': simulatedKeys.anthropic, 'anthropic-version': '2023-06-01', ...headers },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    })

  it('answers a message with the last user text and the vendor headers', async () => {
    const { data, response, request_id } = await client()
      .messages.create({ ...base, system: 'Be brief.', messages: ask('nonce-1') })
      .withResponse()
    assert.deepEqual(data.content, [{ type: 'text', text: 'You said: nonce-1', citations: null }])
    assert.equal(data.stop_reason, 'end_turn')
    assert.equal(data.stop_sequence, null)
    assert.equal(data.model, base.model)
    assert.match(data.id, /^msg_\w+$/)
    assert.ok(data.usage.input_tokens > 0 && data.usage.output_tokens > 0)
    assert.match(request_id ?? '', /^req_/)
    assert.ok(response.headers.get('anthropic-ratelimit-requests-remaining'))
    assert.match(response.headers.get('anthropic-ratelimit-tokens-reset') ?? '', /^\d{4}-.*Z$/)
  })

  it('streams the vendor events in order, a ping among them', async () => {
    const response = await post({ ...base, messages: ask('one two'), stream: true })
    assert.match(response.headers.get('content-type') ?? '', /^text\/event-stream/)
    const names = [...(await response.text()).matchAll(/^event: (.*)$/gm)].map((match) => match[1])
    assert.deepEqual(names, [
      'message_start',
      'content_block_start',
      'ping',
      ...Array(4).fill('content_block_delta'),
      'content_block_stop',
      'message_delta',
      'message_stop',
    ])
  })

  it('satisfies the stream helper and the raw stream', async () => {
    const helper = client().messages.stream({ ...base, messages: ask('helper nonce-2') })
    assert.equal(await helper.finalText(), 'You said: helper nonce-2')
    const final = await helper.finalMessage()
    assert.equal(final.stop_reason, 'end_turn')
    assert.ok(final.usage.output_tokens > 1)
    const raw = await client().messages.create({ ...base, messages: ask('raw'), stream: true })
    const events = await Array.fromAsync(raw)
    assert.equal(events[0]?.type, 'message_start')
    assert.equal(events.at(-1)?.type, 'message_stop')
  })

  it('ends by length and by stop sequence', async () => {
    const short = await client().messages.create({ ...base, max_tokens: 2, messages: ask('alpha beta') })
    assert.equal(short.stop_reason, 'max_tokens')
    const stopped = await client().messages.create({
      ...base,
      stop_sequences: [' beta'],
      messages: ask('alpha beta'),
    })
    assert.equal(stopped.stop_reason, 'stop_sequence')
    assert.equal(stopped.stop_sequence, ' beta')
    assert.equal(stopped.content[0]?.type === 'text' && stopped.content[0].text, 'You said: alpha')
  })

  it('calls a tool, unary and streamed, then answers the result', async () => {
    const tools = [
      {
        name: 'weather',
        input_schema: {
          type: 'object' as const,
          properties: { place: { type: 'string' }, days: { type: 'integer' } },
          required: ['place'],
        },
      },
    ]
    const request = { ...base, messages: ask('Paris'), tools }
    const whole = await client().messages.create(request)
    const use = whole.content[0]
    assert.ok(use?.type === 'tool_use')
    assert.deepEqual(use.input, { place: 'Paris' })
    assert.equal(whole.stop_reason, 'tool_use')
    const streamed = await client().messages.stream(request).finalMessage()
    const streamedUse = streamed.content[0]
    assert.ok(streamedUse?.type === 'tool_use')
    assert.deepEqual(streamedUse.input, use.input)
    const after = await client().messages.create({
      ...request,
      messages: [
        ...ask('Paris'),
        { role: 'assistant', content: whole.content },
        { role: 'user', content: [{ type: 'tool_result', tool_use_id: use.id, content: 'sunny' }] },
      ],
    })
    assert.equal(after.content[0]?.type === 'text' && after.content[0].text, 'You said: sunny')
  })

  it('lists and retrieves models', async () => {
    const ids = (await client().models.list()).data.map((model) => model.id)
    assert.ok(ids.includes('claude-3-sonnet-20240229') && ids.includes('claude-3-haiku-20240307'))
    assert.equal((await client().models.retrieve('claude-3-haiku-20240307')).type, 'model')
    await assert.rejects(client().models.retrieve('claude-none'), NotFoundError)
  })

  it('takes the key as a bearer token or as x-api-key, which wins', async () => {
    await assert.rejects(
      client('sk-ant-wrong').messages.create({ ...base, messages: ask('x') }),
      (error: unknown) => {
        assert.ok(error instanceof AuthenticationError)
        assert.equal(error.type, 'authentication_error')
        assert.equal(error.apiMessage, 'Invalid bearer token')
        return true
      },
    )
    const body = { ...base, messages: ask('x') }
    assert.equal((await post(body)).status, 200)
    const both = await post(body, {
      'x-api-key': 'sk-ant-wrong',
      authorization: `Bearer ${simulatedKeys.anthropic}`,
    })
    assert.equal(both.status, 401)
    const refused = (await both.json()) as { request_id: string }
    assert.deepEqual(refused, {
      type: 'error',
      error: { type: 'authentication_error', message: 'invalid x-api-key' },
      request_id: both.headers.get('request-id'),
    })
    const none = await fetch(`${providers.url}/v1/messages`, { method: 'POST', body: '{}' })
    assert.equal(none.status, 401)
    assert.match(await none.text(), /x-api-key header is required/)
  })

  it('demands a version that it knows', async () => {
    for (const [version, message] of [
      ['', 'anthropic-version: header is required'],
      ['2024-10-22', 'anthropic-version: "2024-10-22" is not a valid version'],
    ] as const) {
      const response = await post({ ...base, messages: ask('x') }, { 'anthropic-version': version })
      assert.equal(response.status, 400)
      const body = (await response.json()) as { error: unknown }
      assert.deepEqual(body.error, { type: 'invalid_request_error', message })
    }
  })

  it('accepts sampling parameters with version 2023-06-01 and refuses them with 2026-10-21', async () => {
    const body = { ...base, messages: ask('x'), temperature: 0.5, top_p: 0.9, top_k: 5 }
    assert.equal((await post(body)).status, 200)
    const range = await post({ ...body, temperature: 1.5 })
    assert.equal(range.status, 400)
    assert.match(await range.text(), /temperature: range: 0\.\.1/)
    const refused = await post(body, { 'anthropic-version': '2026-10-21' })
    assert.equal(refused.status, 400)
    assert.match(await refused.text(), /temperature: Extra inputs are not permitted/)
  })

  const refusals: readonly [string, object, RegExp][] = [
    ['no max_tokens', { max_tokens: undefined }, /max_tokens: Field required/],
    ['max_tokens as text', { max_tokens: '5' }, /max_tokens: Input should be a valid integer/],
    [
      'more tokens than the model gives',
      { max_tokens: 5000 },
      /max_tokens: 5000 > 4096, which is the maximum/,
    ],
    ['no model', { model: undefined }, /model: Field required/],
    ['no messages', { messages: undefined }, /messages: Field required/],
    ['empty messages', { messages: [] }, /messages: at least one message is required/],
    ['a bad role', { messages: [{ role: 'robot', content: 'x' }] }, /messages: Unexpected role "robot"/],
    [
      'a system role at an old model',
      { messages: [{ role: 'system', content: 'x' }] },
      /top-level `system` parameter/,
    ],
    ['no content', { messages: [{ role: 'user' }] }, /messages\.0\.content: Field required/],
    [
      'empty content',
      { messages: [{ role: 'user', content: '' }] },
      /messages\.0: all messages must have non-empty content/,
    ],
    [
      'an empty text block',
      { messages: [{ role: 'user', content: [{ type: 'text', text: '' }] }] },
      /text content blocks must be non-empty/,
    ],
    [
      'an unknown block',
      { messages: [{ role: 'user', content: [{ type: 'smell' }] }] },
      /messages\.0\.content\.0: Input tag 'smell'/,
    ],
    ['an unknown member', { fallbacks: [] }, /fallbacks: Extra inputs are not permitted/],
    ['a tool without schema', { tools: [{ name: 'a' }] }, /tools\.0\.custom\.input_schema: Field required/],
    ['stream of a wrong type', { stream: 'yes' }, /stream: Input should be a valid boolean/],
    [
      'a document in an assistant message',
      { messages: [...ask('x'), { role: 'assistant', content: [{ type: 'document', source: {} }] }] },
      /document/,
    ],
  ]
  for (const [name, change, message] of refusals) {
    it(`refuses ${name} with the vendor's own 400`, async () => {
      const request = { ...base, messages: ask('x'), ...change }
      await assert.rejects(client().post('/v1/messages', { body: request }), (error: unknown) => {
        assert.ok(error instanceof BadRequestError)
        assert.equal(error.type, 'invalid_request_error')
        assert.match(error.apiMessage ?? '', message)
        return true
      })
    })
  }

  it('refuses an unknown model, an unknown path and broken JSON', async () => {
    await assert.rejects(
      client().messages.create({ ...base, model: 'gpt-4o', messages: ask('x') }),
      (error: unknown) => {
        assert.ok(error instanceof NotFoundError)
        assert.equal(error.type, 'not_found_error')
        assert.equal(error.apiMessage, 'model: gpt-4o')
        return true
      },
    )
    await assert.rejects(client().post('/v1/nothing', { body: {} }), NotFoundError)
    const broken = await post('{"model"')
    assert.equal(broken.status, 400)
    assert.match(await broken.text(), /not valid JSON/)
  })

  it('fails as the vendor does, by the name of the model', async () => {
    const create = (model: string) => client().messages.create({ ...base, model, messages: ask('x') })
    await assert.rejects(create('simulated-429-retry-2'), (error: unknown) => {
      assert.ok(error instanceof RateLimitError)
      assert.equal(error.type, 'rate_limit_error')
      assert.equal(error.headers.get('retry-after'), '2')
      return true
    })
    for (const [status, type] of [
      [500, 'api_error'],
      [503, 'api_error'],
      [529, 'overloaded_error'],
    ] as const) {
      await assert.rejects(create(`claude-3-haiku-20240307-simulated-${status}`), (error: unknown) => {
        assert.ok(error instanceof InternalServerError)
        assert.equal(error.status, status)
        assert.equal(error.type, type)
        return true
      })
    }
    await assert.rejects(create('simulated-reset-after-request'), APIConnectionError)
  })

  it('reports an error inside a stream the way the SDK raises it', async () => {
    const stream = client().messages.stream({
      ...base,
      model: 'simulated-in-stream-error',
      messages: ask('a b c d e'),
    })
    await assert.rejects(stream.finalMessage(), (error: unknown) => {
      assert.ok(error instanceof APIError)
      assert.equal(error.type, 'overloaded_error')
      return true
    })
  })
})
