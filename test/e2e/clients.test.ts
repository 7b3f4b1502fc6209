import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, before, describe, test } from 'node:test'
import type { JsonObject } from '#contract'
import {
  type GatewayHarness,
  type SimulatedProviders,
  sharedRedisUrl,
  simulatedConfig,
  simulatedKeys,
  startGateway,
  startSimulatedProviders,
} from '#testing'
import { anthropicRows } from './clients/anthropic.ts'
import { bedrockRows } from './clients/bedrock.ts'
import type { ClientRow } from './clients/client.ts'
import { cohereRows } from './clients/cohere.ts'
import { genaiRows } from './clients/genai.ts'
import { openaiRows } from './clients/openai.ts'
import { vercelRows } from './clients/vercel.ts'

/** Every official client, in two generations, to every provider: unary and streamed, through memory and through Redis. */
const rows: readonly ClientRow[] = [
  ...openaiRows,
  ...anthropicRows,
  ...genaiRows,
  ...bedrockRows,
  ...cohereRows,
  ...vercelRows,
]

/** A model of each provider, by the provider's id. */
const models = {
  openai: 'gpt-4o-mini',
  anthropic: 'claude-3-haiku-20240307',
  gemini: 'gemini-2.5-flash',
  bedrock: 'anthropic.claude-3-5-sonnet-20241022-v2:0',
  cohere: 'command-a-03-2025',
} as const

function allProviders(url: string): JsonObject {
  const { providers, ...others } = simulatedConfig(url)
  const network_config = { base_url: url }
  return {
    ...others,
    providers: {
      ...providers,
      cohere: { keys: [{ value: simulatedKeys.cohere }], network_config },
      bedrock: {
        keys: [{ value: simulatedKeys.bedrock, bedrock_key_config: { region: 'us-east-1' } }],
        network_config,
      },
    },
  }
}

for (const mode of ['standalone-memory', 'split'] as const) {
  describe(`every client to every provider through ${mode}`, () => {
    let simulated: SimulatedProviders
    let gateway: GatewayHarness

    before(async () => {
      simulated = await startSimulatedProviders()
      const redis = mode === 'split' ? { redisUrl: await sharedRedisUrl() } : {}
      gateway = await startGateway({ mode, config: allProviders(simulated.url), ...redis })
    })
    after(async () => {
      await gateway.close()
      await simulated.close()
    })

    for (const { title, surface, own, ask } of rows) {
      test(title, async () => {
        for (const [provider, name] of Object.entries(models)) {
          const nonce = randomUUID()
          const model = provider === own ? name : `${provider}/${name}`
          const answered = await ask(`${gateway.url}${surface}`, model, `say ${nonce}`)
          assert.ok(answered.text.includes(nonce), `${model}: no ${nonce} in ${answered.text}`)
          assert.ok(answered.input > 0 && answered.output > 0, `${model}: no usage`)
          const calls = simulated.calls.filter((call) => call.nonce?.includes(nonce))
          assert.deepEqual([calls.length, calls[0]?.vendor], [1, provider])
        }
      })
    }
  })
}
