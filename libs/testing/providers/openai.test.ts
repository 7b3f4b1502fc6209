import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import OpenAI, {
  APIConnectionError,
  APIError,
  AuthenticationError,
  BadRequestError,
  InternalServerError,
  NotFoundError,
  RateLimitError,
} from 'openai'
import { type SimulatedProviders, simulatedKeys, startSimulatedProviders } from './index.ts'

describe('simulated OpenAI, seen by the openai package', () => {
  let providers: SimulatedProviders
  before(async () => {
    providers = await startSimulatedProviders()
  })
  after(() => providers.close())

  const client = (apiKey = simulatedKeys.openai) =>
    new OpenAI({ apiKey, baseURL: `${providers.url}/v1`, maxRetries: 0 })
  const ask = (content: string) => [{ role: 'user' as const, content }]

  it('answers a chat completion with the last user text and the vendor headers', async () => {
    const { data, response, request_id } = await client()
      .chat.completions.create({ model: 'gpt-4o-mini', messages: ask('nonce-1') })
      .withResponse()
    assert.equal(data.choices[0]?.message.content, 'You said: nonce-1')
    assert.equal(data.choices[0]?.finish_reason, 'stop')
    assert.equal(data.model, 'gpt-4o-mini')
    assert.match(data.id, /^chatcmpl-\w+$/)
    assert.ok(data.usage && data.usage.prompt_tokens > 0)
    assert.equal(data.usage.total_tokens, data.usage.prompt_tokens + data.usage.completion_tokens)
    assert.match(request_id ?? '', /^req_[0-9a-f]+$/)
    assert.equal(response.headers.get('openai-organization'), 'org-simulated')
    assert.ok(response.headers.get('x-ratelimit-remaining-requests'))
    assert.ok(response.headers.get('openai-processing-ms'))
  })

  it('gives every answer its own id', async () => {
    const create = () => client().chat.completions.create({ model: 'gpt-4o', messages: ask('x') })
    const answers = await Promise.all([create(), create(), create()])
    assert.equal(new Set(answers.map((answer) => answer.id)).size, 3)
  })

  it('streams word by word, with usage only when it is asked for', async () => {
    const text = 'one two three nonce-2'
    for (const includeUsage of [true, false]) {
      const stream = await client().chat.completions.create({
        model: 'gpt-4o-mini',
        messages: ask(text),
        stream: true,
        ...(includeUsage && { stream_options: { include_usage: true } }),
      })
      const chunks = await Array.fromAsync(stream)
      const deltas = chunks.map((chunk) => chunk.choices[0]?.delta.content ?? '')
      assert.equal(deltas.join(''), `You said: ${text}`)
      assert.ok(deltas.filter((delta) => delta !== '').length >= 5)
      assert.equal(chunks[0]?.choices[0]?.delta.role, 'assistant')
      const usages = chunks.filter((chunk) => chunk.usage)
      assert.equal(usages.length, includeUsage ? 1 : 0)
      if (includeUsage) {
        assert.equal(usages[0], chunks.at(-1))
        assert.deepEqual(usages[0]?.choices, [])
        assert.ok(chunks.slice(0, -1).every((chunk) => chunk.usage === null))
      } else assert.ok(chunks.every((chunk) => !('usage' in chunk)))
    }
  })

  it('satisfies the stream helper', async () => {
    const runner = client().chat.completions.stream({
      model: 'gpt-4o',
      messages: ask('helper nonce-3'),
      stream_options: { include_usage: true },
    })
    const final = await runner.finalChatCompletion()
    assert.equal(final.choices[0]?.message.content, 'You said: helper nonce-3')
    assert.equal(final.choices[0]?.finish_reason, 'stop')
    assert.ok((await runner.totalUsage()).total_tokens > 0)
  })

  it('answers n times, unary and streamed', async () => {
    const request = { model: 'gpt-4o', messages: ask('many'), n: 3 }
    const whole = await client().chat.completions.create(request)
    assert.deepEqual(
      whole.choices.map((choice) => [choice.index, choice.message.content]),
      [0, 1, 2].map((index) => [index, 'You said: many']),
    )
    const runner = client().chat.completions.stream(request)
    const streamed = await runner.finalChatCompletion()
    assert.deepEqual(
      streamed.choices.map((choice) => choice.message.content),
      whole.choices.map((choice) => choice.message.content),
    )
  })

  it('ends by length and by stop sequence', async () => {
    const create = (extra: object) =>
      client().chat.completions.create({ model: 'gpt-4o', messages: ask('alpha beta gamma'), ...extra })
    const short = await create({ max_completion_tokens: 2 })
    assert.equal(short.choices[0]?.finish_reason, 'length')
    assert.equal(short.choices[0]?.message.content, 'You said')
    assert.equal(short.usage?.completion_tokens, 2)
    const stopped = await create({ stop: ['gamma', ' beta'] })
    assert.equal(stopped.choices[0]?.finish_reason, 'stop')
    assert.equal(stopped.choices[0]?.message.content, 'You said: alpha')
  })

  it('calls a tool with arguments that fit its schema, then answers the result', async () => {
    const tools = [
      {
        type: 'function' as const,
        function: {
          name: 'list_directory',
          parameters: { type: 'object', properties: { path: { type: 'string' }, deep: { type: 'boolean' } } },
        },
      },
    ]
    const request = { model: 'gpt-4o-mini', messages: ask('src'), tools }
    const whole = await client().chat.completions.create(request)
    const call = whole.choices[0]?.message.tool_calls?.[0]
    assert.ok(call?.type === 'function')
    assert.equal(call.function.name, 'list_directory')
    assert.deepEqual(JSON.parse(call.function.arguments), { path: 'src', deep: true })
    assert.equal(whole.choices[0]?.finish_reason, 'tool_calls')
    assert.equal(whole.choices[0]?.message.content, null)
    const streamed = await client().chat.completions.stream(request).finalChatCompletion()
    const streamedCall = streamed.choices[0]?.message.tool_calls?.[0]
    assert.ok(streamedCall?.type === 'function')
    assert.equal(streamedCall.function.arguments, call.function.arguments)
    const after = await client().chat.completions.create({
      ...request,
      messages: [
        ...ask('src'),
        { role: 'assistant', content: null, tool_calls: [call] },
        { role: 'tool', tool_call_id: call.id, content: 'a.ts' },
      ],
    })
    assert.equal(after.choices[0]?.message.content, 'You said: src')
  })

  it('lists and retrieves models', async () => {
    const ids = (await client().models.list()).data.map((model) => model.id)
    for (const id of [
      'gpt-4o-mini',
      'gpt-4o',
      'gpt-4',
      'gpt-3.5-turbo',
      'gpt-4-turbo',
      'gpt-4-vision-preview',
    ]) {
      assert.ok(ids.includes(id), id)
    }
    assert.equal((await client().models.retrieve('gpt-4o')).id, 'gpt-4o')
    await assert.rejects(client().models.retrieve('gpt-none'), NotFoundError)
  })

  it('refuses a wrong and a missing key', async () => {
    const create = (key: string) =>
      client(key).chat.completions.create({ model: 'gpt-4o', messages: ask('x') })
    await assert.rejects(create('sk-wrong-wrong-wrong-1234'), (error: unknown) => {
      assert.ok(error instanceof AuthenticationError)
      assert.equal(error.code, 'invalid_api_key')
      assert.match(error.message, /Incorrect API key provided: sk-wrong\*+1234\./)
      return true
    })
    const response = await fetch(`${providers.url}/v1/chat/completions`, { method: 'POST', body: '{}' })
    assert.equal(response.status, 401)
    assert.match(await response.text(), /You didn't provide an API key/)
    await create(`${simulatedKeys.openai}-second`)
  })

  const refusals: readonly [
    string,
    object,
    { param: string | null; code: string | null; message: RegExp },
  ][] = [
    [
      'no messages',
      { messages: undefined },
      {
        param: 'messages',
        code: 'missing_required_parameter',
        message: /Missing required parameter: 'messages'/,
      },
    ],
    ['empty messages', { messages: [] }, { param: 'messages', code: 'empty_array', message: /empty array/ }],
    [
      'a bad role',
      { messages: [{ role: 'robot', content: 'x' }] },
      {
        param: 'messages[0].role',
        code: 'invalid_value',
        message: /Invalid value: 'robot'\. Supported values are: 'system', .* and 'developer'\./,
      },
    ],
    [
      'content of a wrong type',
      { messages: [{ role: 'user', content: 5 }] },
      {
        param: 'messages[0].content',
        code: 'invalid_type',
        message: /one of a string or array of objects, but got an integer/,
      },
    ],
    [
      'an unknown part',
      { messages: [{ role: 'user', content: [{ type: 'smell' }] }] },
      { param: 'messages[0].content[0].type', code: 'invalid_value', message: /'smell'/ },
    ],
    [
      'temperature too high',
      { temperature: 3 },
      {
        param: 'temperature',
        code: 'decimal_above_max_value',
        message: /Expected a value <= 2, but got 3 instead/,
      },
    ],
    [
      'temperature as text',
      { temperature: 'hot' },
      { param: 'temperature', code: 'invalid_type', message: /expected a decimal, but got a string/ },
    ],
    [
      'max_tokens of nought',
      { max_tokens: 0 },
      { param: 'max_tokens', code: 'integer_below_min_value', message: /Expected a value >= 1/ },
    ],
    [
      'an unknown member',
      { fallbacks: [] },
      { param: null, code: null, message: /Unrecognized request argument supplied: fallbacks/ },
    ],
    [
      'stream_options without stream',
      { stream_options: { include_usage: true } },
      { param: 'stream_options', code: null, message: /only allowed when 'stream' is enabled/ },
    ],
    [
      'too many stops',
      { stop: ['1', '2', '3', '4', '5'] },
      { param: 'stop', code: 'array_above_max_length', message: /maximum length 4/ },
    ],
    [
      'a tool choice that is no tool',
      {
        tools: [{ type: 'function', function: { name: 'a' } }],
        tool_choice: { type: 'function', function: { name: 'b' } },
      },
      { param: 'tool_choice', code: null, message: /not found in 'tools'/ },
    ],
    [
      'no model',
      { model: undefined },
      { param: null, code: null, message: /you must provide a model parameter/ },
    ],
  ]
  for (const [name, change, expected] of refusals) {
    it(`refuses ${name} with the vendor's own 400`, async () => {
      const request = { model: 'gpt-4o', messages: ask('x'), ...change }
      await assert.rejects(client().chat.completions.create(request as never), (error: unknown) => {
        assert.ok(error instanceof BadRequestError)
        assert.equal(error.type, 'invalid_request_error')
        assert.equal(error.param, expected.param)
        assert.equal(error.code, expected.code)
        assert.match(error.message, expected.message)
        return true
      })
    })
  }

  it('refuses an unknown model, a mistyped scenario, an unknown path and broken JSON', async () => {
    for (const model of [
      'gpt-none',
      'claude-3-haiku-20240307',
      'simulated-nonsense',
      'gpt-none-simulated-503',
    ]) {
      await assert.rejects(
        client().chat.completions.create({ model, messages: ask('x') }),
        (error: unknown) => {
          assert.ok(error instanceof NotFoundError)
          assert.equal(error.code, 'model_not_found')
          assert.ok(error.message.includes(`\`${model}\``))
          return true
        },
      )
    }
    const headers = { authorization: `Bearer ${simulatedKeys.openai}` }
    const lost = await fetch(`${providers.url}/v2/nothing`, { method: 'POST', headers, body: '{}' })
    assert.equal(lost.status, 404)
    assert.match(await lost.text(), /Invalid URL \(POST \/v2\/nothing\)/)
    const broken = await fetch(`${providers.url}/v1/chat/completions`, {
      method: 'POST',
      headers,
      body: '{"model"',
    })
    assert.equal(broken.status, 400)
    assert.match(await broken.text(), /We could not parse the JSON body/)
    const wrong = await fetch(`${providers.url}/v1/chat/completions`, { headers })
    assert.equal(wrong.status, 405)
  })

  it('fails as the vendor does, by the name of the model', async () => {
    const create = (model: string) => client().chat.completions.create({ model, messages: ask('x') })
    await assert.rejects(create('simulated-429-retry-2'), (error: unknown) => {
      assert.ok(error instanceof RateLimitError)
      assert.equal(error.headers.get('retry-after'), '2')
      assert.equal(error.code, 'rate_limit_exceeded')
      return true
    })
    for (const status of [500, 503, 529]) {
      await assert.rejects(create(`gpt-4o-simulated-${status}`), (error: unknown) => {
        assert.ok(error instanceof InternalServerError)
        assert.equal(error.status, status)
        return true
      })
    }
    await assert.rejects(create('simulated-html-502'), (error: unknown) => {
      assert.ok(error instanceof InternalServerError)
      assert.equal(error.status, 502)
      return true
    })
    await assert.rejects(create('simulated-reset-after-request'), APIConnectionError)
    await assert.rejects(create('simulated-close-after-request'), APIConnectionError)
  })

  it('reports an error inside a stream the way the SDK raises it', async () => {
    const stream = await client().chat.completions.create({
      model: 'simulated-in-stream-error',
      messages: ask('a b c d e f'),
      stream: true,
    })
    await assert.rejects(Array.fromAsync(stream), (error: unknown) => {
      assert.ok(error instanceof APIError)
      assert.equal(error.type, 'server_error')
      return true
    })
  })
})
