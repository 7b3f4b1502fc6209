import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { CohereClientV2 } from 'cohere-ai'
import { CohereClientV2 as CohereClientV2Of2025 } from 'cohere-ai-2025'
import { type SimulatedProviders, simulatedKeys, startSimulatedProviders } from './index.ts'

/** The calls of these tests are the same in both generations; their types are written apart. */
const generations = [
  ['cohere-ai 8.1.0', CohereClientV2],
  ['cohere-ai 7.17.1', CohereClientV2Of2025 as unknown as typeof CohereClientV2],
] as const

const model = 'command-a-plus-05-2026'
const ask = (content: string) => [{ role: 'user' as const, content }]
const tools = [
  {
    type: 'function' as const,
    function: {
      name: 'list_directory',
      parameters: { type: 'object', properties: { path: { type: 'string' } } },
    },
  },
]

for (const [generation, Client] of generations) {
  describe(`simulated Cohere, seen by ${generation}`, () => {
    let providers: SimulatedProviders
    before(async () => {
      providers = await startSimulatedProviders()
    })
    after(() => providers.close())

    const client = (token = simulatedKeys.cohere) => new Client({ token, environment: providers.url })
    const once = { maxRetries: 0 }

    it('answers with the last user text', async () => {
      const answer = await client().chat({ model, messages: ask('nonce-1') }, once)
      assert.deepEqual(answer.message.content, [{ type: 'text', text: 'You said: nonce-1' }])
      assert.equal(answer.finishReason, 'COMPLETE')
      assert.equal(answer.message.role, 'assistant')
      assert.match(answer.id, /^[\w-]{36,}$/)
      const { tokens, billedUnits } = answer.usage ?? {}
      assert.ok(Number(tokens?.inputTokens) > Number(billedUnits?.inputTokens))
      const call = await providers.callEnded({ vendor: 'cohere', nonce: 'nonce-1' })
      assert.equal(call.path, '/v2/chat')
      assert.equal(call.model, model)
    })

    it('streams word by word, usage at the end', async () => {
      const stream = await client().chatStream({ model, messages: ask('one two three') }, once)
      const events = await Array.fromAsync(stream)
      const texts = events.map((event) =>
        event.type === 'content-delta' ? (event.delta?.message?.content?.text ?? '') : '',
      )
      assert.equal(texts.join(''), 'You said: one two three')
      assert.deepEqual(
        events.map(({ type }) => type).filter((type) => type !== 'content-delta'),
        ['message-start', 'content-start', 'content-end', 'message-end'],
      )
      const last = events.at(-1)
      assert.ok(last?.type === 'message-end')
      assert.equal(last.delta?.finishReason, 'COMPLETE')
      assert.ok(Number(last.delta?.usage?.tokens?.outputTokens) > 0)
    })

    it('ranks documents, and refuses what the vendor refuses', async () => {
      const documents = ['a b', 'nothing', 'a b c']
      const rerank = (input: object) =>
        client().rerank({ model: 'rerank-v3.5', query: 'a b c', documents, ...input }, once)
      const answer = await rerank({ topN: 2 })
      assert.deepEqual(answer.results, [
        { index: 2, relevanceScore: 1 },
        { index: 0, relevanceScore: 2 / 3 },
      ])
      assert.equal(answer.meta?.billedUnits?.searchUnits, 1)
      for (const [input, statusCode] of [
        [{ documents: [] }, 400],
        [{ topN: 0 }, 400],
        [{ model: 'gpt-4o' }, 404],
        [{ rankFields: ['x'] }, 422],
      ] as const) {
        await assert.rejects(rerank(input), { statusCode })
      }
    })

    it('ends by length and by stop sequence', async () => {
      const short = await client().chat({ model, messages: ask('alpha beta'), maxTokens: 2 }, once)
      assert.equal(short.finishReason, 'MAX_TOKENS')
      const stopped = await client().chat(
        { model, messages: ask('alpha beta'), stopSequences: [' beta'] },
        once,
      )
      assert.equal(stopped.finishReason, 'STOP_SEQUENCE')
      assert.deepEqual(stopped.message.content, [{ type: 'text', text: 'You said: alpha' }])
    })

    it('plans and calls a tool, then answers its result', async () => {
      const request = { model, messages: ask('src'), tools }
      const whole = await client().chat(request, once)
      assert.equal(whole.finishReason, 'TOOL_CALL')
      assert.equal(whole.message.toolPlan, 'I will use the list_directory tool.')
      const [call] = whole.message.toolCalls ?? []
      assert.equal(call?.function?.arguments, '{"path":"src"}')
      const streamed = await Array.fromAsync(await client().chatStream(request, once))
      const pieces = streamed.map((event) =>
        event.type === 'tool-call-delta' ? event.delta?.message?.toolCalls?.function?.arguments : '',
      )
      assert.equal(pieces.join(''), '{"path":"src"}')
      const after = await client().chat(
        {
          ...request,
          messages: [
            ...ask('src'),
            { role: 'assistant', toolPlan: 'p', toolCalls: whole.message.toolCalls ?? [] },
            {
              role: 'tool',
              toolCallId: call?.id ?? '',
              content: [{ type: 'document', document: { data: { names: ['a.ts'] } } }],
            },
          ],
        },
        once,
      )
      assert.deepEqual(after.message.content, [{ type: 'text', text: 'You said: src' }])
    })

    it('cites the documents that it was given', async () => {
      const request = { model, messages: ask('x'), documents: [{ id: 'd1', data: { text: 'x' } }, 'plain'] }
      const [citation] = (await client().chat(request, once)).message.citations ?? []
      assert.deepEqual([citation?.text, citation?.sources?.[0]?.id], ['You said', 'd1'])
      const events = await Array.fromAsync(await client().chatStream(request, once))
      const cited = events.find((event) => event.type === 'citation-start')
      assert.ok(cited?.type === 'citation-start')
      assert.equal(cited.delta?.message?.citations?.text, 'You said')
    })

    it('takes images, by address and as bytes', async () => {
      const image = (url: string) => ({ type: 'image_url' as const, imageUrl: { url } })
      const content = [
        { type: 'text' as const, text: 'look' },
        image('https://example.com/a.png'),
        image('data:image/png;base64,iVBORw0KGgo='),
      ]
      const answer = await client().chat({ model, messages: [{ role: 'user', content }] }, once)
      assert.deepEqual(answer.message.content, [{ type: 'text', text: 'You said: look' }])
    })

    it('refuses a wrong key, an unknown model and what its types do not know', async () => {
      const refused = (act: Promise<unknown>, status: number, message: RegExp) =>
        assert.rejects(act, (error: Error & { statusCode?: number; body?: { message?: string } }) => {
          assert.equal(error.statusCode, status)
          assert.match(error.body?.message ?? '', message)
          return true
        })
      const chat = (extra: object) => client().chat({ model, messages: ask('x'), ...extra } as never, once)
      await refused(client('wrong').chat({ model, messages: ask('x') }, once), 401, /invalid api token/)
      await refused(chat({ model: 'gpt-4o' }), 404, /model 'gpt-4o' not found/)
      const cases: readonly (readonly [object, number, RegExp])[] = [
        [{ fallbacks: [] }, 422, /unknown field: parameter fallbacks/],
        [{ top_p: 0.5 }, 422, /top_p/],
        [{ p: 1 }, 400, /p must be between 0.01 and 0.99/],
        [{ frequencyPenalty: -1 }, 400, /frequency_penalty must be/],
        [{ stopSequences: ['1', '2', '3', '4', '5', '6'] }, 400, /at most 5/],
        [{ messages: [] }, 400, /at least one/],
        [{ messages: [{ role: 'assistant' }] }, 400, /must have content/],
        [{ messages: [{ role: 'tool', toolCallId: 'x', content: '' }] }, 400, /not found in previous/],
        [{ toolChoice: 'REQUIRED' }, 400, /tools must be specified/],
        [{ tools, responseFormat: { type: 'json_object' } }, 400, /not supported with documents or tools/],
        [{ thinking: { type: 'enabled', token_budget: 0 } }, 400, /positive integer/],
      ]
      for (const [extra, status, message] of cases) await refused(chat(extra), status, message)
    })

    it('fails as the vendor does, by the name of the model', async () => {
      const chat = (name: string) => client().chat({ model: name, messages: ask('x') }, once)
      for (const [name, status, raised] of [
        ['simulated-429-retry-2', 429, 'TooManyRequestsError'],
        ['simulated-500', 500, 'InternalServerError'],
        [`${model}-simulated-503`, 503, 'ServiceUnavailableError'],
      ] as const) {
        await assert.rejects(chat(name), (error: Error & { statusCode?: number }) => {
          assert.equal(error.constructor.name, raised)
          assert.equal(error.statusCode, status)
          return true
        })
      }
      const stream = await client().chatStream(
        { model: 'simulated-in-stream-error', messages: ask('a b c d') },
        once,
      )
      const last = (await Array.fromAsync(stream)).at(-1)
      assert.ok(last?.type === 'message-end')
      assert.equal(last.delta?.finishReason, 'ERROR')
    })
  })
}

describe('simulated Cohere, beside its SDK', () => {
  it('thinks when it is asked to, lists its models and says what it does not serve', async () => {
    const providers = await startSimulatedProviders()
    try {
      const headers = { authorization: `Bearer ${simulatedKeys.cohere}` }
      const body = JSON.stringify({ model, messages: ask('x'), thinking: { type: 'enabled' } })
      const answer = await fetch(`${providers.url}/v2/chat`, { method: 'POST', headers, body })
      const { message } = (await answer.json()) as { message: { content: { type: string }[] } }
      assert.deepEqual(
        message.content.map(({ type }) => type),
        ['thinking', 'text'],
      )
      const list = await fetch(`${providers.url}/v1/models`, { headers })
      assert.match(await list.text(), /"name":"command-a-03-2025"/)
      const lost = await fetch(`${providers.url}/v2/chat/x`, { method: 'POST', headers, body })
      assert.equal(lost.status, 404)
      const wrong = await fetch(`${providers.url}/v2/chat`, { headers })
      assert.equal(wrong.status, 405)
      const broken = await fetch(`${providers.url}/v2/chat`, { method: 'POST', headers, body: '{' })
      assert.deepEqual(
        [broken.status, Object.keys((await broken.json()) as object)],
        [400, ['id', 'message']],
      )
    } finally {
      await providers.close()
    }
  })
})
