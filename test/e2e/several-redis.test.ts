import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { JsonObject } from '#contract'
import { canRunRedisCluster, type RedisHarness, startRedis, startRedisCluster, until } from '#testing'
import {
  anthropicLike,
  keyOf,
  nonceOf,
  openaiLike,
  type PolicyStage,
  startPolicyStage,
} from './policy.suite.ts'

/*
 * Whole gateways in two tiers, two workers, over more than one Redis: what holds on one holds there, and what one Redis
 * takes with it when it goes are its own providers.
 */

const claude = 'claude-3-haiku-20240307'

/** Which Redis has a provider, and how they all end. */
type Place = {
  readonly redisUrl: string
  /** `openai` and `anthropic` are at different ones; `second` is with `openai`. */
  readonly places: JsonObject | undefined
  nodeOf(provider: string): Promise<RedisHarness>
  close(): Promise<void>
}

async function twoServers(): Promise<Place> {
  const servers = [await startRedis({ appendOnly: true }), await startRedis({ appendOnly: true })] as const
  const places = { openai: 0, second: 0, anthropic: 1 }
  return {
    redisUrl: servers.map(({ url }) => url).join(','),
    places,
    nodeOf: async (provider) => servers[places[provider as 'openai'] as 0 | 1],
    close: async () => {
      await Promise.all(servers.map((server) => server.close()))
    },
  }
}

async function threeNodes(): Promise<Place> {
  const cluster = await startRedisCluster()
  // Where their slots lie is no choice of ours; two of these three must be apart, and two of them together.
  const openai = await cluster.nodeOf('openai')
  const other = cluster.nodes.find((node) => node !== openai)
  if ((await cluster.nodeOf('anthropic')) === openai && other !== undefined)
    await cluster.moveSlot('anthropic', other)
  if ((await cluster.nodeOf('second')) !== openai) await cluster.moveSlot('second', openai)
  return { redisUrl: cluster.url, places: undefined, nodeOf: cluster.nodeOf, close: cluster.close }
}

const kinds: readonly (readonly [string, () => Promise<Place>])[] = [
  ['two Redis', twoServers],
  ...((await canRunRedisCluster()) ? [['a Redis Cluster of three nodes', threeNodes] as const] : []),
]

for (const [name, start] of kinds) {
  describe(`API and workers over ${name}`, { timeout: 120_000 }, () => {
    let place: Place
    let stage: PolicyStage
    const configOf = (url: string): JsonObject => ({
      providers: {
        openai: openaiLike('openai', url),
        second: openaiLike('second', url),
        anthropic: anthropicLike('anthropic', url, {
          concurrency_and_buffer_size: { concurrency: 3, buffer_size: 100 },
        }),
      },
      routing: { circuit_breaker: { enabled: false } },
      queue: { ...(place.places !== undefined && { provider_redis: place.places }) },
    })
    before(async () => {
      place = await start()
      stage = await startPolicyStage('split', configOf, { redisUrl: place.redisUrl, workerCount: 2 })
    })
    after(async () => {
      await stage.close()
      await place.close()
    })

    const failing = (nonce: string, model: string) =>
      stage.providers.script({ match: { nonce, model }, behaviour: { error: { status: 503 } } })

    test('every provider answers, whole and streamed', async () => {
      for (const model of ['openai/gpt-4o-mini', 'second/gpt-4o-mini', `anthropic/${claude}`]) {
        const nonce = nonceOf(model)
        const whole = await stage.ask(model, nonce)
        assert.equal(whole.status, 200, whole.text)
        assert.equal(whole.json.choices[0].message.content, `You said: ${nonce}`)
        const streamed = await stage.ask(model, nonce, { stream: true })
        assert.equal(streamed.status, 200)
        assert.ok(streamed.text.trimEnd().endsWith('data: [DONE]'), streamed.text)
        assert.equal(stage.callsOf(nonce).length, 2)
      }
    })

    test('a body too large for the job travels beside it', async () => {
      const nonce = nonceOf('large')
      const answer = await stage.ask('openai/gpt-4o-mini', `${nonce} ${'x'.repeat(100_000)}`)
      assert.equal(answer.status, 200)
      assert.equal(stage.callsOf(nonce).length, 1)
    })

    test('a limit is exact over both workers', async () => {
      const nonce = nonceOf('limit')
      stage.providers.script({ match: { nonce }, behaviour: { delayMs: 40 } })
      const asked = Array.from({ length: 40 }, (_, index) =>
        stage.ask(`anthropic/${claude}`, `${nonce} ${index}`),
      )
      const answers = await Promise.all(asked)
      assert.deepEqual([...new Set(answers.map(({ status }) => status))], [200])
      assert.equal(stage.callsOf(nonce).length, 40)
      assert.equal(stage.providers.stats().anthropic.maxRunning, 3)
    })

    test('a request goes on from one Redis to another, once', async () => {
      const asked = Array.from({ length: 20 }, async (_, index) => {
        const nonce = nonceOf(`hop ${index}`)
        failing(nonce, 'gpt-4o')
        const stream = index % 2 === 1
        const answer = await stage.ask('openai/gpt-4o', nonce, { fallbacks: [`anthropic/${claude}`], stream })
        assert.equal(answer.status, 200, answer.text)
        assert.equal(answer.headers.get('x-bifrost-attempts'), `openai/gpt-4o=503,anthropic/${claude}=200`)
        assert.equal(answer.headers.get('x-bifrost-provider'), 'anthropic')
        assert.deepEqual(stage.callsOf(nonce).map(keyOf), ['openai', 'anthropic'])
      })
      await Promise.all(asked)
    })

    test('one Redis away takes its own providers with it, and no others', async () => {
      const node = await place.nodeOf('openai')
      await node.kill()
      const begun = performance.now()
      const refused = await stage.ask('openai/gpt-4o-mini', nonceOf('away'))
      assert.ok(performance.now() - begun < 5_000)
      assert.equal(refused.status, 503)
      assert.equal(refused.json.error.code, 'store_unavailable')
      const goesOn = await stage.ask(`anthropic/${claude}`, nonceOf('there'))
      assert.equal(goesOn.status, 200)
      const streamed = await stage.ask(`anthropic/${claude}`, nonceOf('there'), { stream: true })
      assert.ok(streamed.text.trimEnd().endsWith('data: [DONE]'))
      for (const { url } of [...stage.gateway.apis, ...stage.gateway.workers])
        assert.equal((await fetch(`${url}/ready`)).status, 200)
      const metrics = await (await fetch(`${stage.url}/metrics`)).text()
      assert.match(metrics, /bifrost_queue_depth\{[^}]*provider="anthropic"/)
      assert.doesNotMatch(metrics, /bifrost_queue_depth\{[^}]*provider="openai"/)

      const nonce = nonceOf('passed over')
      const passed = await stage.ask('openai/gpt-4o-mini', nonce, { fallbacks: [`anthropic/${claude}`] })
      assert.equal(passed.status, 200, passed.text)
      assert.equal(
        passed.headers.get('x-bifrost-attempts'),
        `openai/gpt-4o-mini=store_unavailable,anthropic/${claude}=200`,
      )
      assert.deepEqual(stage.callsOf(nonce).map(keyOf), ['anthropic'])

      const back = nonceOf('no way on')
      failing(back, claude)
      const stays = await stage.ask(`anthropic/${claude}`, back, { fallbacks: ['openai/gpt-4o-mini'] })
      assert.equal(stays.status, 503)
      assert.deepEqual(stage.callsOf(back).map(keyOf), ['anthropic'])

      await node.start()
      await until(async () => (await stage.ask('openai/gpt-4o-mini', nonceOf('back'))).status === 200, {
        what: 'answers when it is back',
        timeoutMs: 20_000,
      })
    })
  })
}
