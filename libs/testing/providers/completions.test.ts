import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import OpenAI from 'openai'
import OpenAIOf2025 from 'openai-2025'
import { type SimulatedProviders, simulatedKeys, startSimulatedProviders } from './index.ts'

/** The calls of these tests are the same in both generations; their types are written apart. */
const generations = [
  ['openai 7.57.0', OpenAI],
  ['openai 5.9.0', OpenAIOf2025 as unknown as typeof OpenAI],
] as const

const model = 'gpt-3.5-turbo-instruct'

for (const [generation, Client] of generations) {
  describe(`simulated completions of OpenAI, seen by ${generation}`, () => {
    let providers: SimulatedProviders
    before(async () => {
      providers = await startSimulatedProviders()
    })
    after(() => providers.close())

    const completions = () =>
      new Client({ apiKey: simulatedKeys.openai, baseURL: `${providers.url}/v1`, maxRetries: 0 }).completions

    it('goes on with a prompt, 16 tokens unless told otherwise', async () => {
      const whole = await completions().create({ model, prompt: 'nonce-1', n: 2 })
      assert.equal(whole.object, 'text_completion')
      assert.match(whole.id, /^cmpl-/)
      assert.deepEqual(
        whole.choices.map(({ text, index, finish_reason }) => [text, index, finish_reason]),
        [
          ['You said: nonce-1', 0, 'stop'],
          ['You said: nonce-1', 1, 'stop'],
        ],
      )
      const long = await completions().create({ model, prompt: 'x'.repeat(200) })
      assert.equal(long.choices[0]?.finish_reason, 'length')
      assert.equal(long.choices[0]?.text.length, 64)
      const call = await providers.callEnded({ vendor: 'openai', nonce: 'nonce-1' })
      assert.equal(call.path, '/v1/completions')
    })

    it('streams word by word, with usage only when it is asked for', async () => {
      for (const includeUsage of [true, false]) {
        const stream = await completions().create({
          model,
          prompt: ['one two'],
          stream: true,
          ...(includeUsage && { stream_options: { include_usage: true } }),
        })
        const chunks = await Array.fromAsync(stream)
        assert.equal(chunks.map((chunk) => chunk.choices[0]?.text ?? '').join(''), 'You said: one two')
        assert.equal(chunks.filter((chunk) => chunk.usage).length, includeUsage ? 1 : 0)
        if (includeUsage) assert.deepEqual(chunks.at(-1)?.choices, [])
      }
    })

    it("refuses with the vendor's own errors", async () => {
      const refused = (change: object, status: number, message: RegExp) =>
        assert.rejects(
          completions().create({ model, prompt: 'x', ...change } as never),
          (error: Error & { status?: number }) => {
            assert.equal(error.status, status)
            assert.match(error.message, message)
            return true
          },
        )
      await refused({ prompt: undefined }, 400, /Missing required parameter: 'prompt'/)
      await refused({ prompt: 5 }, 400, /Invalid type for 'prompt'/)
      await refused({ messages: [] }, 400, /Unrecognized request argument supplied: messages/)
      await refused({ logprobs: 6 }, 400, /<= 5/)
      await refused({ n: 2, best_of: 1 }, 400, /best_of/)
      await refused({ stream: true, best_of: 2 }, 400, /best_of > 1/)
      await refused({ model: 'gpt-4o' }, 404, /This is a chat model/)
      await refused({ model: 'gpt-none' }, 404, /does not exist/)
      await refused({ model: 'simulated-503' }, 503, /overloaded/)
    })
  })
}
