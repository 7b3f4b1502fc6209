import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import OpenAI, { BadRequestError } from 'openai'
import OpenAIOf2025 from 'openai-2025'
import type { JsonObject } from '#contract'
import {
  chunk,
  completionsRequest,
  end,
  head,
  startApi,
  streamHead,
  type TestApi,
} from './testing/start-api.suite.ts'

let api: TestApi
before(async () => {
  api = await startApi()
})
after(() => api.close())

test('models of the API before chat get the bytes of the caller, others a chat', async () => {
  const table = [
    ['gpt-3.5-turbo-instruct', 'wire'],
    ['gpt-4o', 'canonical'],
    ['anthropic/claude-3-sonnet-20240229', 'canonical'],
  ] as const
  for (const [model, bodyKind] of table) {
    const response = api.post('/openai/v1/completions', { model, prompt: ['Once'], suffix: 's' })
    const job = await api.broker.nextJob()
    assert.equal(job.submission.header.bodyKind, bodyKind, model)
    if (bodyKind === 'canonical') {
      const request = JSON.parse(Buffer.from(job.submission.body).toString()) as JsonObject
      assert.deepEqual(request['messages'], [
        { role: 'user', parts: [{ type: 'text', text: 'Once' }], path: 'prompt' },
      ])
    }
    job.send(head(), chunk('{}'), end())
    assert.equal((await response).status, 200)
  }
})

for (const [generation, Client] of [
  ['7.57.0', OpenAI],
  ['5.9.0', OpenAIOf2025 as unknown as typeof OpenAI],
] as const) {
  test(`openai ${generation} reads a completion, a stream and an error through the surface`, async () => {
    const { completions } = new Client({ apiKey: 'dummy', baseURL: `${api.url}/openai`, maxRetries: 0 })
    const choice = { text: ' Paris', index: 0, logprobs: null, finish_reason: 'stop' }
    const completion = { id: 'cmpl-1', object: 'text_completion', created: 1, model: 'm', choices: [choice] }
    const whole = completions.create(completionsRequest)
    ;(await api.broker.nextJob()).send(head(), chunk(JSON.stringify(completion)), end())
    assert.equal((await whole).choices[0]?.text, ' Paris')

    const stream = completions.create({ ...completionsRequest, stream: true })
    const frames = `data: ${JSON.stringify(completion)}\n\ndata: [DONE]\n\n`
    ;(await api.broker.nextJob()).send(streamHead, chunk(frames), end())
    const chunks = await Array.fromAsync(await stream)
    assert.deepEqual(
      chunks.map(({ choices }) => choices[0]?.text),
      [' Paris'],
    )

    const refused = completions.create({ model: 'gpt-4o', prompt: ['a', 'b'] })
    await assert.rejects(refused, (error: Error & { status?: number; param?: string | null }) => {
      assert.equal(error.status, 400)
      assert.equal(error.param, 'prompt')
      assert.match(error.message, /one prompt at a time/)
      if (Client === OpenAI) assert.ok(error instanceof BadRequestError)
      return true
    })
  })
}
