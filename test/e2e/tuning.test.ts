import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import Anthropic from '@anthropic-ai/sdk'
import OpenAI from 'openai'
import type { JsonObject } from '#contract'
import { gatewayModes, simulatedKeys } from '#testing'
import { keyOf, nonceOf, type PolicyStage, startPolicyStage, untilQueued } from './policy.suite.ts'

/** The configurations of the migration guide, "Performance Tuning" and "Cost Optimization", do what they say. */

/** As printed; the addresses and keys of simulated providers are all that is added. */
const tuning = {
  network_config: {
    default_request_timeout_in_seconds: 45,
    max_retries: 3,
    retry_backoff_initial_ms: 500,
    retry_backoff_max_ms: 5000,
  },
  concurrency_and_buffer_size: { concurrency: 15, buffer_size: 100 },
}

const performance = (url: string): JsonObject => ({
  providers: {
    openai: {
      ...tuning,
      keys: [{ value: simulatedKeys.openai }],
      network_config: { ...tuning.network_config, base_url: url },
    },
  },
})

const cost = (url: string): JsonObject => ({
  providers: {
    openai: {
      keys: [{ value: `${simulatedKeys.openai}-o`, models: ['gpt-4o-mini'], weight: 0.8 }],
      network_config: { base_url: url },
    },
    anthropic: {
      keys: [{ value: `${simulatedKeys.anthropic}-a`, models: ['claude-3-haiku-20240307'], weight: 0.2 }],
      network_config: { base_url: url },
    },
  },
})

for (const mode of gatewayModes) {
  describe(`"Performance Tuning" through ${mode}`, { timeout: 120_000 }, () => {
    let stage: PolicyStage
    before(async () => {
      stage = await startPolicyStage(mode, performance)
    })
    after(() => stage.close())

    test('three retries, and no more', async () => {
      const nonce = nonceOf('retries')
      stage.providers.script({ match: { nonce }, behaviour: { error: { status: 503 } }, times: 3 })
      const answer = await stage.ask('gpt-4o-mini', nonce)
      assert.equal(answer.status, 200)
      const refused = 'openai/gpt-4o-mini=503'
      assert.equal(
        answer.headers.get('x-bifrost-attempts'),
        `${refused},${refused},${refused},openai/gpt-4o-mini=200`,
      )
      const down = nonceOf('down')
      stage.providers.script({ match: { nonce: down }, behaviour: { error: { status: 503 } } })
      const failed = await stage.ask('gpt-4o-mini', down)
      assert.equal(failed.status, 503)
      assert.equal(stage.callsOf(down).length, 4)
    })

    test('15 at once and 100 waiting; the 116th hears 429 queue_full, and all others are answered', async () => {
      const nonce = nonceOf('full')
      stage.providers.script({ match: { nonce }, behaviour: { hold: true } })
      const asked = Array.from({ length: 115 }, () => stage.ask('gpt-4o-mini', nonce))
      await stage.providers.callsStarted(15, { nonce })
      await untilQueued(stage, { provider: 'openai', state: 'admitted', count: 115 })
      const client = new OpenAI({ baseURL: `${stage.url}/openai`, apiKey: 'x', maxRetries: 0 })
      const messages = [{ role: 'user' as const, content: nonce }]
      await assert.rejects(client.chat.completions.create({ model: 'gpt-4o-mini', messages }), (error) => {
        assert.ok(error instanceof OpenAI.RateLimitError)
        assert.equal(error.code, 'queue_full')
        assert.match(error.headers.get('retry-after') ?? '', /^[1-9]\d*$/)
        return true
      })
      assert.equal(stage.callsOf(nonce).length, 15)
      const letting = setInterval(() => stage.providers.release(), 5)
      const answers = await Promise.all(asked).finally(() => clearInterval(letting))
      assert.deepEqual(new Set(answers.map(({ status }) => status)), new Set([200]))
      assert.equal(stage.callsOf(nonce).length, 115)
      assert.equal(stage.providers.stats().openai.maxRunning, 15)
    })
  })

  describe(`"Cost Optimization" through ${mode}`, { timeout: 60_000 }, () => {
    let stage: PolicyStage
    before(async () => {
      stage = await startPolicyStage(mode, cost)
    })
    after(() => stage.close())

    test('each model has one key: a lone weight of 0.8 or 0.2 gets all of it, from either client', async () => {
      const nonce = nonceOf('weights')
      const openai = new OpenAI({ baseURL: `${stage.url}/openai`, apiKey: 'x', maxRetries: 0 })
      const anthropic = new Anthropic({ baseURL: `${stage.url}/anthropic`, apiKey: 'x', maxRetries: 0 })
      const messages = [{ role: 'user' as const, content: nonce }]
      for (let round = 0; round < 10; round++) {
        for (const model of ['gpt-4o-mini', 'claude-3-haiku-20240307']) {
          await openai.chat.completions.create({ model, messages })
          await anthropic.messages.create({ model, max_tokens: 50, messages })
        }
      }
      const calls = stage.callsOf(nonce).map((call) => `${keyOf(call)} ${call.model}`)
      assert.equal(calls.length, 40)
      assert.deepEqual(new Set(calls), new Set(['o gpt-4o-mini', 'a claude-3-haiku-20240307']))
      assert.equal(calls.filter((call) => call.startsWith('o ')).length, 20)
    })

    test('what no key lists is not found', async () => {
      const answer = await stage.ask('gpt-4o', nonceOf('unlisted'))
      assert.equal(answer.status, 404)
      assert.equal(answer.json.error.code, 'model_not_found')
    })
  })
}
