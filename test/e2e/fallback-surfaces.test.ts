import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import Anthropic from '@anthropic-ai/sdk'
import { GoogleGenAI } from '@google/genai'
import OpenAI from 'openai'
import type { JsonObject } from '#contract'
import { gatewayModes, simulatedKeys } from '#testing'
import { anthropicLike, nonceOf, openaiLike, type PolicyStage, startPolicyStage } from './policy.suite.ts'

/** Fallbacks on every surface, named in the header that all clients can send. */

const claude = 'anthropic/claude-3-haiku-20240307'
const flash = 'gemini/gemini-2.5-flash'
const mini = 'openai/gpt-4o-mini'

const configOf = (url: string): JsonObject => ({
  providers: {
    openai: openaiLike('openai', url),
    anthropic: anthropicLike('anthropic', url),
    gemini: {
      keys: [{ value: simulatedKeys.gemini }],
      network_config: { base_url: url, max_retries: 0 },
    },
    second: openaiLike('second', url),
  },
  routing: { circuit_breaker: { enabled: false } },
})

/** All targets but the last one fail. */
const chains = [
  [mini, claude],
  [claude, mini],
  [claude, flash],
  [mini, flash, claude],
  [flash, mini],
] as const

for (const mode of gatewayModes) {
  describe(`fallbacks on every surface through ${mode}`, { concurrency: true, timeout: 60_000 }, () => {
    let stage: PolicyStage
    before(async () => {
      stage = await startPolicyStage(mode, configOf)
    })
    after(() => stage.close())

    /** What a request needs to go along a chain, and what its answer says then. */
    function along(chain: readonly string[]) {
      const nonce = nonceOf('chain')
      const [first = '', ...later] = chain
      for (const target of chain.slice(0, -1)) {
        const model = target.split('/')[1] ?? ''
        stage.providers.script({ match: { nonce, model }, behaviour: { error: { status: 503 } } })
      }
      const outcome = (target: string, at: number) => `${target}=${at === chain.length - 1 ? 200 : 503}`
      return {
        nonce,
        model: first,
        headers: { 'x-bifrost-fallbacks': later.join(',') },
        attempts: chain.map(outcome).join(','),
        said: `You said: ${nonce}`,
      }
    }

    for (const chain of chains) {
      const title = chain.join(' → ')
      test(`chat completions: ${title}`, async () => {
        const { nonce, model, headers, attempts, said } = along(chain)
        const client = new OpenAI({ baseURL: `${stage.url}/openai`, apiKey: 'x', maxRetries: 0 })
        const messages = [{ role: 'user' as const, content: nonce }]
        const whole = await client.chat.completions.create({ model, messages }, { headers }).withResponse()
        assert.equal(whole.data.choices[0]?.message.content, said)
        assert.equal(whole.response.headers.get('x-bifrost-attempts'), attempts)
        const stream = await client.chat.completions.create({ model, messages, stream: true }, { headers })
        let text = ''
        for await (const chunk of stream) text += chunk.choices[0]?.delta.content ?? ''
        assert.equal(text, said)
      })

      test(`responses: ${title}`, async () => {
        const { nonce, model, headers, attempts, said } = along(chain)
        const client = new OpenAI({ baseURL: `${stage.url}/openai`, apiKey: 'x', maxRetries: 0 })
        const body = { model, input: nonce, store: false }
        const whole = await client.responses.create(body, { headers }).withResponse()
        assert.equal(whole.data.output_text, said)
        assert.equal(whole.response.headers.get('x-bifrost-attempts'), attempts)
        const stream = await client.responses.create({ ...body, stream: true }, { headers })
        let text = ''
        for await (const event of stream) if (event.type === 'response.output_text.delta') text += event.delta
        assert.equal(text, said)
      })

      test(`messages: ${title}`, async () => {
        const { nonce, model, headers, attempts, said } = along(chain)
        const client = new Anthropic({ baseURL: `${stage.url}/anthropic`, apiKey: 'x', maxRetries: 0 })
        const body = { model, max_tokens: 100, messages: [{ role: 'user' as const, content: nonce }] }
        const whole = await client.messages.create(body, { headers }).withResponse()
        assert.deepEqual(
          whole.data.content.flatMap((block) => (block.type === 'text' ? [block.text] : [])),
          [said],
        )
        assert.equal(whole.response.headers.get('x-bifrost-attempts'), attempts)
        const text = await client.messages.stream(body, { headers }).finalText()
        assert.equal(text, said)
      })

      test(`generateContent: ${title}`, async () => {
        const { nonce, model, headers, said } = along(chain)
        const httpOptions = { baseUrl: `${stage.url}/genai`, headers }
        const client = new GoogleGenAI({ apiKey: 'x', httpOptions })
        const asked = { model: `models/${model}`, contents: nonce }
        assert.equal((await client.models.generateContent(asked)).text, said)
        let text = ''
        for await (const chunk of await client.models.generateContentStream(asked)) text += chunk.text ?? ''
        assert.equal(text, said)
      })
    }

    test('embeddings', async () => {
      const nonce = nonceOf('vectors')
      const model = 'text-embedding-3-small'
      stage.providers.script({ match: { nonce, model }, behaviour: { error: { status: 503 } } })
      const client = new OpenAI({ baseURL: `${stage.url}/openai`, apiKey: 'x', maxRetries: 0 })
      const headers = { 'x-bifrost-fallbacks': 'second/text-embedding-3-large' }
      const { data, response } = await client.embeddings
        .create({ model: `openai/${model}`, input: nonce }, { headers })
        .withResponse()
      assert.ok((data.data[0]?.embedding.length ?? 0) > 0)
      assert.equal(
        response.headers.get('x-bifrost-attempts'),
        `openai/${model}=503,second/text-embedding-3-large=200`,
      )
    })
  })
}
