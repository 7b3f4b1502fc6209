import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { ApiError, type GenerateContentResponse, GoogleGenAI } from '@google/genai'
import { ApiError as ApiError2025, GoogleGenAI as GoogleGenAI2025 } from 'genai-2025'
import { type SimulatedProviders, simulatedKeys, startSimulatedProviders } from './index.ts'

const generations = [
  { name: '@google/genai 3.3.0', Client: GoogleGenAI, Raised: ApiError },
  { name: '@google/genai 1.8.0', Client: GoogleGenAI2025, Raised: ApiError2025 },
] as const

for (const { name, Client, Raised } of generations) {
  describe(`simulated Gemini, seen by ${name}`, () => {
    let providers: SimulatedProviders
    before(async () => {
      providers = await startSimulatedProviders()
    })
    after(() => providers.close())

    const models = (apiKey = simulatedKeys.gemini, apiVersion?: string) =>
      new Client({
        apiKey,
        httpOptions: { baseUrl: providers.url, ...(apiVersion !== undefined && { apiVersion }) },
      }).models
    const base = { model: 'gemini-2.5-flash' }
    const stream = async (request: { model: string; contents: string; config?: object }) => {
      const chunks = await models().generateContentStream(request)
      return await Array.fromAsync(chunks as AsyncIterable<GenerateContentResponse>)
    }

    for (const apiVersion of [undefined, 'v1', 'v1beta']) {
      it(`answers under ${apiVersion ?? 'the version of the client'} with the last user text`, async () => {
        const response = await models(undefined, apiVersion).generateContent({
          ...base,
          contents: [
            { role: 'user', parts: [{ text: 'first' }] },
            { role: 'model', parts: [{ text: 'ok' }] },
            { role: 'user', parts: [{ text: 'nonce-1' }] },
          ],
          config: {
            systemInstruction: 'Be brief.',
            temperature: 0.5,
            topP: 0.9,
            topK: 40,
            maxOutputTokens: 100,
            thinkingConfig: { thinkingBudget: 0 },
          },
        })
        assert.equal(response.text, 'You said: nonce-1')
        assert.equal(response.candidates?.[0]?.finishReason, 'STOP')
        assert.equal(response.modelVersion, base.model)
        const { usageMetadata } = response
        assert.ok(
          (usageMetadata?.promptTokenCount ?? 0) > 0 && (usageMetadata?.candidatesTokenCount ?? 0) > 0,
        )
      })
    }

    it('streams, the reason in the last chunk', async () => {
      const chunks = await stream({ ...base, contents: 'one two' })
      assert.equal(chunks.map((chunk) => chunk.text ?? '').join(''), 'You said: one two')
      const reasons = chunks.map((chunk) => chunk.candidates?.[0]?.finishReason)
      assert.deepEqual(reasons, [...Array(chunks.length - 1).fill(undefined), 'STOP'])
      assert.ok((chunks.at(-1)?.usageMetadata?.candidatesTokenCount ?? 0) > 0)
    })

    it('ends by length and at a stop sequence, and gives several candidates', async () => {
      const ask = (config: object) => models().generateContent({ ...base, contents: 'alpha beta', config })
      const short = await ask({ maxOutputTokens: 2 })
      assert.equal(short.candidates?.[0]?.finishReason, 'MAX_TOKENS')
      const stopped = await ask({ stopSequences: [' beta'] })
      assert.equal(stopped.text, 'You said: alpha')
      assert.equal((await ask({ candidateCount: 3 })).candidates?.length, 3)
    })

    it('calls a function, unary and streamed, then answers the result', async () => {
      const tools = [
        {
          functionDeclarations: [
            {
              name: 'weather',
              parametersJsonSchema: {
                type: 'object',
                properties: { place: { type: 'string' }, days: { type: 'integer' } },
                required: ['place'],
                additionalProperties: false,
              },
            },
          ],
        },
      ]
      const request = { model: 'gemini-3-pro-preview', config: { tools } }
      const whole = await models().generateContent({ ...request, contents: 'Paris' })
      assert.deepEqual(whole.functionCalls?.[0]?.args, { place: 'Paris' })
      const chunks = await stream({ ...request, contents: 'Paris' })
      assert.deepEqual(chunks.flatMap((each) => each.functionCalls ?? [])[0]?.args, { place: 'Paris' })
      const said = whole.candidates?.[0]?.content
      assert.ok(said?.parts?.[0]?.thoughtSignature)
      const history = (call: object) => [
        { role: 'user', parts: [{ text: 'Paris' }] },
        call,
        { role: 'user', parts: [{ functionResponse: { name: 'weather', response: { output: 'sunny' } } }] },
      ]
      const after = await models().generateContent({ ...request, contents: history(said) as never })
      assert.equal(after.text, 'You said: sunny')
      const unsigned = { role: 'model', parts: [{ functionCall: { name: 'weather', args: {} } }] }
      await assert.rejects(
        models().generateContent({ ...request, contents: history(unsigned) as never }),
        /thought_signature/,
      )
    })

    it('takes a schema of its own kind', async () => {
      const ask = (parameters: object) =>
        models().generateContent({
          ...base,
          contents: 'x',
          config: { tools: [{ functionDeclarations: [{ name: 'f', parameters }] }] },
        })
      const { functionCalls } = await ask({ type: 'OBJECT', properties: { a: { type: 'STRING' } } })
      assert.deepEqual(functionCalls?.[0]?.args, { a: 'x' })
    })

    const refused = async (work: Promise<unknown>) => {
      const error = await work.then(
        () => assert.fail('it was answered'),
        (reason: unknown) => reason,
      )
      assert.ok(error instanceof Raised, String(error))
      return { status: error.status, message: error.message }
    }

    it('refuses keys and models in the vendor’s own words', async () => {
      const ask = (model: string, key?: string) => models(key).generateContent({ model, contents: 'x' })
      const key = await refused(ask(base.model, 'wrong'))
      assert.equal(key.status, 400)
      assert.match(key.message, /API_KEY_INVALID/)
      const model = await refused(ask('gemini-9'))
      assert.equal(model.status, 404)
      assert.match(model.message, /models\/gemini-9 is not found for API version v1/)
    })

    it('fails as the vendor does, by the name of the model', async () => {
      const ask = (model: string) => models().generateContent({ model, contents: 'x' })
      for (const status of [429, 500, 503]) {
        assert.equal((await refused(ask(`simulated-${status}`))).status, status)
      }
      const limited = await refused(ask('gemini-2.5-flash-simulated-429-retry-2'))
      assert.match(limited.message, /RetryInfo.*"retryDelay\\?": ?\\?"2s/)
      await assert.rejects(
        stream({ model: 'simulated-in-stream-error', contents: 'a b c d e f' }).then((chunks) => {
          // The client of 2025 reads no error in an event: what it gets is a chunk that holds nothing.
          assert.equal(Raised, ApiError2025)
          assert.equal(chunks.at(-1)?.candidates, undefined)
          throw new Error('UNAVAILABLE')
        }),
        /UNAVAILABLE/,
      )
    })
  })
}

describe('simulated Gemini over plain HTTP', () => {
  let providers: SimulatedProviders
  before(async () => {
    providers = await startSimulatedProviders()
  })
  after(() => providers.close())

  const post = (path: string, body: unknown, headers: Record<string, string> = {}) =>
    fetch(`${providers.url}${path}`, {
      method: 'POST',
      headers: { 'x-goog-api-key': simulatedKeys.gemini, ...headers },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    })
  const contents = [{ parts: [{ text: 'one two' }] }]
  const path = '/v1beta/models/gemini-2.5-flash:generateContent'

  it('streams an array where events were not asked for, whole and with an error', async () => {
    const ask = async (model: string) => {
      const response = await post(`/v1beta/models/${model}:streamGenerateContent`, { contents })
      assert.match(response.headers.get('content-type') ?? '', /^application\/json/)
      return (await response.json()) as { error?: { code: number } }[]
    }
    assert.equal((await ask('gemini-2.5-flash')).length, 5)
    assert.equal((await ask('simulated-in-stream-error')).at(-1)?.error?.code, 503)
  })

  it('takes both spellings, and numbers as text', async () => {
    const response = await post(path, {
      system_instruction: { parts: { text: 'x' } },
      contents: { parts: [{ text: 'a' }, { inline_data: { mime_type: 'image/png', data: 'AA==' } }] },
      generation_config: { max_output_tokens: '5', topK: 40, thinking_config: { thinking_budget: '-1' } },
      safety_settings: [{ category: 'HARM_CATEGORY_HARASSMENT', threshold: 'BLOCK_NONE' }],
    })
    assert.equal(response.status, 200, await response.text())
  })

  it('takes a bearer token on the paths of Vertex AI', async () => {
    const vertex = '/v1/projects/p/locations/l/publishers/google/models/gemini-2.5-pro:generateContent'
    const headers = { 'x-goog-api-key': '', authorization: `Bearer ${simulatedKeys.gemini}` }
    const response = await fetch(`${providers.url}${vertex}`, {
      method: 'POST',
      headers: { authorization: headers.authorization },
      body: JSON.stringify({ contents }),
    })
    assert.equal(response.status, 200)
    const none = await fetch(`${providers.url}${path}`, { method: 'POST', body: '{}' })
    assert.equal(none.status, 403)
    assert.match(await none.text(), /unregistered callers/)
  })

  it('lists models and tells about one', async () => {
    const headers = { 'x-goog-api-key': simulatedKeys.gemini }
    const list = await fetch(`${providers.url}/v1beta/models`, { headers })
    const { models } = (await list.json()) as { models: { name: string }[] }
    assert.ok(models.some(({ name }) => name === 'models/gemini-2.5-flash'))
    const one = await fetch(`${providers.url}/v1/models/gemini-2.5-pro`, { headers })
    assert.equal(((await one.json()) as { name: string }).name, 'models/gemini-2.5-pro')
    assert.equal((await fetch(`${providers.url}/v1beta/models/none`, { headers })).status, 404)
    assert.equal((await post('/v1beta/nothing', {})).status, 404)
  })

  const refusals: readonly [string, unknown, RegExp][] = [
    [
      'a member of JSON Schema in a schema of its own',
      {
        contents,
        tools: [
          {
            functionDeclarations: [
              { name: 'f', parameters: { type: 'OBJECT', properties: {}, additionalProperties: false } },
            ],
          },
        ],
      },
      /Unknown name "additionalProperties" at 'tools\[0\]\.function_declarations\[0\]\.parameters'/,
    ],
    ['broken JSON', '{"contents"', /Invalid JSON payload received/],
    ['no contents', {}, /contents is not specified/],
    ['an unknown member', { contents, fallbacks: [] }, /Unknown name "fallbacks": Cannot find field/],
    [
      'an unknown member inside',
      { contents, generationConfig: { max_tokens: 5 } },
      /Unknown name "max_tokens" at 'generation_config': Cannot find field/,
    ],
    ['a bad role', { contents: [{ role: 'assistant', parts: [{ text: 'x' }] }] }, /valid role: user, model/],
    [
      'no parts',
      { contents: [{ role: 'user', parts: [] }] },
      /contents\[0\]\.parts: contents\.parts must not be/,
    ],
    ['an empty part', { contents: [{ parts: [{}] }] }, /required oneof field 'data'/],
    [
      'temperature as a word',
      { contents, generationConfig: { temperature: 'hot' } },
      /Invalid value at 'generation_config.temperature' \(TYPE_FLOAT\), "hot"/,
    ],
    ['a fraction of a token', { contents, generationConfig: { maxOutputTokens: 1.5 } }, /TYPE_INT32/],
    [
      'six stop sequences',
      { contents, generationConfig: { stopSequences: [...'abcdef'] } },
      /must not exceed 5/,
    ],
    [
      'a bad mode',
      { contents, toolConfig: { functionCallingConfig: { mode: 'any' } } },
      /FunctionCallingConfig\.Mode/,
    ],
    [
      'a choice without functions',
      { contents, toolConfig: { functionCallingConfig: { mode: 'ANY' } } },
      /without function_declarations/,
    ],
    ['a bad name', { contents, tools: [{ functionDeclarations: [{ name: '1' }] }] }, /Invalid function name/],
    [
      'JSON with functions',
      {
        contents,
        tools: [{ functionDeclarations: [{ name: 'f' }] }],
        generationConfig: { responseMimeType: 'application/json' },
      },
      /Function calling with a response mime type/,
    ],
    [
      'a response without its call',
      { contents: [...contents, { parts: [{ functionResponse: { name: 'f', response: {} } }] }] },
      /number of function response parts/,
    ],
    [
      'an address of an unknown type',
      { contents: [{ parts: [{ fileData: { fileUri: 'https://x.example/a.png' } }] }] },
      /Unsupported file URI type/,
    ],
    [
      'a level on a model of budgets',
      { contents, generationConfig: { thinkingConfig: { thinkingLevel: 'LOW' } } },
      /Thinking level is not supported/,
    ],
    [
      'too much thinking',
      { contents, generationConfig: { thinkingConfig: { thinkingBudget: 99_999 } } },
      /The thinking budget 99999 is invalid/,
    ],
  ]
  for (const [name, body, message] of refusals) {
    it(`refuses ${name} with the vendor's own 400`, async () => {
      const response = await post(path, body)
      assert.equal(response.status, 400)
      const { error } = (await response.json()) as {
        error: { code: number; message: string; status: string }
      }
      assert.equal(error.code, 400)
      assert.equal(error.status, 'INVALID_ARGUMENT')
      assert.match(error.message, message)
    })
  }
})
