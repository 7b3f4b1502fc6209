import assert from 'node:assert/strict'
import { after, afterEach, before, describe, it } from 'node:test'
import OpenAI from 'openai'
import OpenAI2025 from 'openai-2025'
import { replay, type SimulatedProviders, simulatedKeys, startSimulatedProviders } from './index.ts'

const tools = [
  {
    type: 'function' as const,
    name: 'list_directory',
    parameters: { type: 'object', properties: { path: { type: 'string' }, deep: { type: 'boolean' } } },
    strict: false,
  },
]

/** The stream helper of mid 2025 makes no `output_text`. */
const textOf = ({ output }: { readonly output: OpenAI.Responses.ResponseOutputItem[] }) =>
  output
    .flatMap((item) => (item.type === 'message' ? item.content : []))
    .map((part) => (part.type === 'output_text' ? part.text : ''))
    .join('')

/** The newest client and that of mid 2025: they differ in how they put a stream together. */
const generations = [
  { name: 'openai', Client: OpenAI },
  { name: 'openai-2025', Client: OpenAI2025 as unknown as typeof OpenAI },
] as const

for (const { name, Client } of generations) {
  describe(`simulated OpenAI's Responses, seen by the ${name} package`, () => {
    let providers: SimulatedProviders
    before(async () => {
      providers = await startSimulatedProviders()
    })
    afterEach(() => providers.reset())
    after(() => providers.close())

    const client = (apiKey = simulatedKeys.openai) =>
      new Client({ apiKey, baseURL: `${providers.url}/v1`, maxRetries: 0 })

    it('answers with the last user text, what was asked and the vendor headers', async () => {
      const { data, response } = await client()
        .responses.create({
          model: 'gpt-4o-mini',
          instructions: 'Be brief.',
          input: 'nonce-1',
          temperature: 0.5,
          metadata: { a: 'b' },
        })
        .withResponse()
      assert.equal(data.output_text, 'You said: nonce-1')
      assert.equal(data.status, 'completed')
      assert.equal(data.instructions, 'Be brief.')
      assert.equal(data.temperature, 0.5)
      assert.deepEqual(data.metadata, { a: 'b' })
      assert.match(data.id, /^resp_\w+$/)
      assert.ok(data.usage && data.usage.input_tokens > 0)
      assert.equal(data.usage.total_tokens, data.usage.input_tokens + data.usage.output_tokens)
      assert.ok(response.headers.get('x-ratelimit-remaining-requests'))
      const call = await providers.callEnded({ nonce: 'nonce-1' })
      assert.equal(call.path, '/v1/responses')
    })

    it('streams word by word with all events in order', async () => {
      const stream = await client().responses.create({
        model: 'gpt-4o-mini',
        input: [{ role: 'user', content: [{ type: 'input_text', text: 'one two three' }] }],
        stream: true,
      })
      const events = await Array.fromAsync(stream)
      assert.deepEqual(
        events.map((event) => event.sequence_number),
        events.map((_, index) => index),
      )
      const deltas = events.flatMap((event) =>
        event.type === 'response.output_text.delta' ? [event.delta] : [],
      )
      assert.deepEqual(deltas, ['You', ' said:', ' one', ' two', ' three'])
      assert.deepEqual(
        events.filter((event) => !event.type.endsWith('.delta')).map((event) => event.type),
        [
          ...['response.created', 'response.in_progress', 'response.output_item.added'],
          ...['response.content_part.added', 'response.output_text.done', 'response.content_part.done'],
          ...['response.output_item.done', 'response.completed'],
        ],
      )
    })

    it('satisfies the stream helper', async () => {
      const final = await client()
        .responses.stream({ model: 'gpt-4o', input: 'helper nonce-3' })
        .finalResponse()
      assert.equal(textOf(final), 'You said: helper nonce-3')
      assert.equal(final.status, 'completed')
    })

    it('ends by length', async () => {
      const input = 'x'.repeat(200)
      const request = { model: 'gpt-4o', input, max_output_tokens: 16 }
      const short = await client().responses.create(request)
      assert.equal(short.status, 'incomplete')
      assert.deepEqual(short.incomplete_details, { reason: 'max_output_tokens' })
      assert.equal(short.output_text.length, 64)
      const events = await Array.fromAsync(await client().responses.create({ ...request, stream: true }))
      assert.equal(events.at(-1)?.type, 'response.incomplete')
    })

    it('calls a tool with arguments that fit its schema, then answers the result', async () => {
      const request = { model: 'gpt-4o-mini', input: 'src', tools }
      const whole = await client().responses.create(request)
      const [call] = whole.output
      assert.ok(call?.type === 'function_call')
      assert.equal(call.name, 'list_directory')
      assert.deepEqual(JSON.parse(call.arguments), { path: 'src', deep: true })
      const streamed = await client().responses.stream(request).finalResponse()
      const [streamedCall] = streamed.output
      assert.ok(streamedCall?.type === 'function_call')
      assert.equal(streamedCall.arguments, call.arguments)
      const { id: _id, ...again } = call
      const after = await client().responses.create({
        ...request,
        input: [
          { role: 'user', content: 'src' },
          again,
          { type: 'function_call_output', call_id: call.call_id, output: 'a.ts' },
        ],
      })
      assert.equal(after.output_text, 'You said: src')
    })

    it('reasons where the model does, and takes back its reasoning alone', async () => {
      const request = {
        model: 'gpt-5.4-mini',
        input: 'why',
        store: false,
        reasoning: { effort: 'low' as const, summary: 'auto' as const },
        include: ['reasoning.encrypted_content' as const],
      }
      const whole = await client().responses.create(request)
      const [thought] = whole.output
      assert.ok(thought?.type === 'reasoning')
      assert.equal(thought.summary.length, 1)
      assert.ok(thought.encrypted_content)
      assert.ok((whole.usage?.output_tokens_details.reasoning_tokens ?? 0) > 0)
      const streamed = await client().responses.stream(request).finalResponse()
      assert.ok(streamed.output[0]?.type === 'reasoning')
      assert.equal(streamed.output[0].summary[0]?.text, thought.summary[0]?.text)
      const next = (item: object) =>
        client().responses.create({
          ...request,
          input: [{ role: 'user', content: 'why' }, item as never, { role: 'user', content: 'and' }],
        })
      assert.equal((await next(thought)).output_text, 'You said: and')
      await assert.rejects(next({ ...thought, encrypted_content: 'signature:x' }), {
        code: 'invalid_encrypted_content',
      })
      const { encrypted_content: _proof, ...bare } = thought
      await assert.rejects(next(bare), /not found\. Items are not persisted/)
    })

    const refusals: readonly [
      string,
      object,
      { param: string | null; code: string | null; message: RegExp },
    ][] = [
      [
        'no model',
        { model: undefined },
        {
          param: 'model',
          code: 'missing_required_parameter',
          message: /Missing required parameter: 'model'/,
        },
      ],
      [
        'no input',
        { input: undefined },
        { param: 'input', code: 'missing_required_parameter', message: /one of 'input'/ },
      ],
      [
        'an unknown member',
        { fallbacks: [] },
        { param: 'fallbacks', code: 'unknown_parameter', message: /Unknown parameter: 'fallbacks'/ },
      ],
      [
        'members of the chat API',
        { max_tokens: 5 },
        { param: 'max_tokens', code: 'unknown_parameter', message: /Unknown parameter/ },
      ],
      [
        'too few tokens',
        { max_output_tokens: 8 },
        { param: 'max_output_tokens', code: 'integer_below_min_value', message: />= 16/ },
      ],
      [
        'a bad role',
        { input: [{ role: 'robot', content: 'x' }] },
        { param: 'input[0].role', code: 'invalid_value', message: /'robot'/ },
      ],
      [
        'a part of the chat API',
        { input: [{ role: 'user', content: [{ type: 'text', text: 'x' }] }] },
        { param: 'input[0].content[0].type', code: 'invalid_value', message: /'input_text'/ },
      ],
      [
        "what the user says in the assistant's mouth",
        { input: [{ role: 'assistant', content: [{ type: 'input_text', text: 'x' }] }] },
        { param: 'input[0].content[0].type', code: 'invalid_value', message: /'output_text'/ },
      ],
      [
        'an unknown item',
        { input: [{ type: 'smell' }] },
        { param: 'input[0].type', code: 'invalid_value', message: /'smell'/ },
      ],
      [
        "another vendor's id",
        { input: [{ type: 'function_call', id: 'x', call_id: 'c', name: 'f', arguments: '{}' }] },
        { param: 'input[0].id', code: 'invalid_value', message: /begins with 'fc'/ },
      ],
      [
        'a call without its output',
        { input: [{ type: 'function_call', call_id: 'c', name: 'f', arguments: '{}' }] },
        { param: 'input', code: null, message: /No tool output found for function call c\./ },
      ],
      [
        'an output without its call',
        { input: [{ type: 'function_call_output', call_id: 'c', output: '' }] },
        { param: 'input', code: null, message: /No tool call found .* call_id c\./ },
      ],
      [
        'a tool of the chat API',
        { tools: [{ type: 'function', function: { name: 'f' } }] },
        { param: 'tools[0].name', code: 'missing_required_parameter', message: /tools\[0\]\.name/ },
      ],
      [
        'a tool choice that is no tool',
        { tools, tool_choice: { type: 'function', name: 'b' } },
        { param: 'tool_choice', code: null, message: /not found in 'tools'/ },
      ],
      [
        'effort for a model that does not reason',
        { reasoning: { effort: 'low' } },
        {
          param: 'reasoning.effort',
          code: 'unsupported_parameter',
          message: /not supported with this model/,
        },
      ],
      [
        'encrypted reasoning of a model that does not reason',
        { include: ['reasoning.encrypted_content'] },
        { param: 'include', code: null, message: /Encrypted content is not supported/ },
      ],
      [
        'usage asked for as in the chat API',
        { stream: true, stream_options: { include_usage: true } },
        { param: 'stream_options.include_usage', code: 'unknown_parameter', message: /include_usage/ },
      ],
    ]
    for (const [what, change, expected] of refusals) {
      it(`refuses ${what} with the vendor's own 400`, async () => {
        const request = { model: 'gpt-4o', input: 'x', ...change }
        await assert.rejects(client().responses.create(request as never), (error: unknown) => {
          assert.ok(error instanceof Client.BadRequestError)
          assert.equal(error.type, 'invalid_request_error')
          assert.equal(error.param, expected.param)
          assert.equal(error.code, expected.code)
          assert.match(error.message, expected.message)
          return true
        })
      })
    }

    it('refuses a wrong key and an unknown model', async () => {
      const create = (model: string, key?: string) => client(key).responses.create({ model, input: 'x' })
      await assert.rejects(create('gpt-4o', 'sk-wrong-wrong-wrong-1234'), Client.AuthenticationError)
      await assert.rejects(create('gpt-none'), Client.NotFoundError)
    })

    it('fails as the vendor does, by the name of the model and by script', async () => {
      const create = (model: string) => client().responses.create({ model, input: 'x' })
      await assert.rejects(create('simulated-429-retry-2'), (error: unknown) => {
        assert.ok(error instanceof Client.RateLimitError)
        assert.equal(error.code, 'rate_limit_exceeded')
        return true
      })
      await assert.rejects(create('gpt-4o-simulated-503'), Client.InternalServerError)
      await assert.rejects(create('simulated-reset-after-request'), Client.APIConnectionError)
      providers.script({ match: { path: '/v1/responses' }, behaviour: replay('{"replayed":true}') })
      const replayed: unknown = await create('gpt-4o')
      assert.equal((replayed as { replayed?: boolean }).replayed, true)
    })

    it('reports an error inside a stream the way the SDK raises it', async () => {
      const stream = await client().responses.create({
        model: 'simulated-in-stream-error',
        input: 'a b c d e f',
        stream: true,
      })
      await assert.rejects(Array.fromAsync(stream), (error: unknown) => {
        assert.ok(error instanceof Client.APIError)
        assert.match(error.message, /The server had an error/)
        return true
      })
    })

    it('splits a stream at every byte without changing it', async () => {
      const request = { model: 'simulated-byte-split-7', input: 'split ünïcode 🌍' }
      const final = await client().responses.stream(request).finalResponse()
      assert.equal(textOf(final), 'You said: split ünïcode 🌍')
    })
  })
}
