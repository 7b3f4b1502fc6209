import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import OpenAI from 'openai'
import type { JsonObject } from '#contract'
import { gatewayModes, simulatedKeys, until } from '#testing'
import { keyOf, nonceOf, openaiLike, type PolicyStage, startPolicyStage } from './policy.suite.ts'

/** Keys, retries, breakers, strategies, rules and rate limits through whole gateways. */

const named = (names: readonly string[]) =>
  names.map((name) => ({ name, value: `${simulatedKeys.openai}-${name}` }))

const configOf = (url: string): JsonObject => ({
  providers: {
    openai: openaiLike('openai', url),
    second: openaiLike('second', url),
    third: openaiLike('third', url),
    keys: openaiLike('keys', url, { keys: named(['k1', 'k2', 'k3', 'k4']) }),
    pair: openaiLike('pair', url, { keys: named(['p1', 'p2']), network_config: { max_retries: 1 } }),
    refused: openaiLike('refused', url, { keys: named(['r1', 'r2']), network_config: { max_retries: 1 } }),
    pause: openaiLike('pause', url),
    break: openaiLike('break', url),
    down: openaiLike('down', url),
    again: openaiLike('again', url, {
      network_config: { max_retries: 2, retry_backoff_initial_ms: 600, retry_backoff_max_ms: 600 },
    }),
    prompt: openaiLike('prompt', url, {
      network_config: { max_retries: 1, retry_backoff_initial_ms: 1, retry_backoff_max_ms: 1 },
    }),
    limited: openaiLike('limited', url),
    dear: openaiLike('dear', url),
    cheap: openaiLike('cheap', url),
    slow: openaiLike('slow', url),
    fast: openaiLike('fast', url),
    busy: openaiLike('busy', url, { concurrency_and_buffer_size: { concurrency: 1, buffer_size: 50 } }),
    idle: openaiLike('idle', url, { concurrency_and_buffer_size: { concurrency: 1, buffer_size: 50 } }),
  },
  routing: {
    circuit_breaker: { volume_threshold: 8, open_in_seconds: 3 },
    rate_limits: [{ per: 'provider', match: 'limited', requests_per_minute: 2 }],
    prices: { 'dear/*': { input: 10, output: 10 }, 'cheap/*': { input: 1, output: 1 } },
    rules: [
      { when: { model: 'cheapest' }, targets: ['dear/gpt-4', 'cheap/gpt-4o'], strategy: 'lowest-cost' },
      { when: { model: 'quickest' }, targets: ['slow/gpt-4', 'fast/gpt-4o'], strategy: 'lowest-latency' },
      { when: { model: 'calmest' }, targets: ['busy/gpt-4o', 'idle/gpt-4o'], strategy: 'least-busy' },
      { name: 'blue-team', when: { headers: { 'x-team': 'blue*' } }, targets: ['second/gpt-4o'] },
      { name: 'gold', when: { metadata: { tier: 'gold' } }, targets: ['third/gpt-4o'] },
    ],
  },
})

for (const mode of gatewayModes) {
  describe(`traffic policy through ${mode}`, { timeout: 120_000 }, () => {
    let stage: PolicyStage
    before(async () => {
      stage = await startPolicyStage(mode, configOf)
    })
    after(() => stage.close())

    const fails = (nonce: string, error: { status: number; retryAfterSeconds?: number }, times = 1) =>
      stage.providers.script({ match: { nonce }, behaviour: { error }, times })
    const sdk = () => new OpenAI({ baseURL: `${stage.url}/openai`, apiKey: 'x', maxRetries: 0 })
    const chat = (model: string, nonce: string, headers: Record<string, string> = {}) =>
      sdk().chat.completions.create({ model, messages: [{ role: 'user', content: nonce }] }, { headers })
    const attempts = (headers: Headers | undefined) => headers?.get('x-bifrost-attempts')

    test('retries wait, in the slot or out of it, and every call is told', async () => {
      const nonce = nonceOf('again')
      fails(nonce, { status: 503 }, 2)
      const answer = await stage.ask('again/gpt-4o', nonce)
      assert.equal(answer.status, 200)
      assert.equal(attempts(answer.headers), 'again/gpt-4o=503,again/gpt-4o=503,again/gpt-4o=200')
      assert.equal(await stage.metric('bifrost_retries_total', { provider: 'again', outcome: 'retried' }), 2)
      const line = await stage.accessLine(answer)
      assert.equal((line['attempts'] as unknown[]).length, 3)
    })

    test('a key that is told to wait is silent, the other goes on', async () => {
      const nonce = nonceOf('pair')
      fails(nonce, { status: 429, retryAfterSeconds: 60 })
      for (let request = 0; request < 6; request++) {
        const answer = await stage.ask('pair/gpt-4o', nonce)
        assert.equal(answer.status, 200)
      }
      const [first, ...others] = stage.callsOf(nonce).map(keyOf)
      assert.deepEqual(new Set(others), new Set([first === 'p1' ? 'p2' : 'p1']))
      assert.equal(others.length, 6)
    })

    test('401 of one key moves to the other, for good', async () => {
      const nonce = nonceOf('refused')
      fails(nonce, { status: 401 })
      const answer = await stage.ask('refused/gpt-4o', nonce)
      assert.equal(attempts(answer.headers), 'refused/gpt-4o=401,refused/gpt-4o=200')
      for (let request = 0; request < 5; request++) await stage.ask('refused/gpt-4o', nonce)
      const [first, ...others] = stage.callsOf(nonce).map(keyOf)
      assert.ok(!others.includes(first ?? ''))
    })

    test('the only key that is told to wait for long: 429 with the rest at once, or the fallback', async () => {
      const nonce = nonceOf('pause')
      fails(nonce, { status: 429, retryAfterSeconds: 60 })
      await assert.rejects(chat('pause/gpt-4o', nonce), OpenAI.RateLimitError)
      await assert.rejects(chat('pause/gpt-4o', nonce), (error) => {
        assert.ok(error instanceof OpenAI.RateLimitError)
        assert.equal(error.code, 'key_cooldown')
        assert.ok(Number(error.headers.get('retry-after')) > 15)
        return true
      })
      const answer = await stage.ask('pause/gpt-4o', nonce, { fallbacks: ['second/gpt-4o'] })
      assert.equal(attempts(answer.headers), 'pause/gpt-4o=key_cooldown,second/gpt-4o=200')
      assert.deepEqual(stage.callsOf(nonce).map(keyOf), ['pause', 'second'])
      assert.ok((await stage.metric('bifrost_key_cooldown_seconds', { provider: 'pause' })) > 0)
    })

    test('the only key that is told to wait shortly: the next request waits for it', async () => {
      const nonce = nonceOf('break')
      fails(nonce, { status: 429, retryAfterSeconds: 1 })
      const refused = await stage.ask('break/gpt-4o', nonce)
      assert.equal(refused.status, 429)
      const answer = await stage.ask('break/gpt-4o', nonce)
      assert.equal(answer.status, 200)
      assert.equal(attempts(answer.headers), 'break/gpt-4o=200')
      assert.equal(stage.callsOf(nonce).length, 2)
    })

    test('a provider that is down is left alone, and asked again when it is back', async () => {
      const nonce = nonceOf('down')
      fails(nonce, { status: 500 }, 8)
      for (let call = 0; call < 8; call++) assert.equal((await stage.ask('down/gpt-4o', nonce)).status, 500)
      const refused = await stage.ask('down/gpt-4o', nonce)
      assert.equal(refused.status, 503)
      assert.equal(refused.json.error.code, 'circuit_open')
      assert.match(refused.headers.get('retry-after') ?? '', /^[1-3]$/)
      const answer = await stage.ask('down/gpt-4o', nonce, { fallbacks: ['second/gpt-4o'] })
      assert.equal(attempts(answer.headers), 'down/gpt-4o=circuit_open,second/gpt-4o=200')
      assert.ok((await stage.metric('bifrost_circuit_breaker_open', { provider: 'down' })) > 0)
      assert.equal(stage.callsOf(nonce).filter((call) => keyOf(call) === 'down').length, 8)
      await until(async () => (await stage.ask('down/gpt-4o', nonce)).status === 200, { timeoutMs: 20_000 })
      assert.equal((await stage.ask('down/gpt-4o', nonce)).status, 200)
    })

    test('a session keeps its key; sessions spread over the keys', async () => {
      const keysFor = async (session: string) => {
        const nonce = nonceOf('session')
        const headers = { 'x-bifrost-session-id': session }
        await Promise.all([1, 2, 3].map(() => stage.ask('keys/gpt-4o', nonce, {}, { headers })))
        return new Set(stage.callsOf(nonce).map(keyOf))
      }
      const seen = new Set<string>()
      for (let session = 0; session < 12; session++) {
        const keys = await keysFor(`session ${session}`)
        assert.equal(keys.size, 1)
        for (const key of keys) seen.add(key)
      }
      assert.ok(seen.size > 1)
    })

    test('what it cost: a header of a whole answer, the access line, the metric', async () => {
      const nonce = nonceOf('cost')
      const whole = await stage.ask('openai/gpt-4o-mini', nonce)
      const { prompt_tokens, completion_tokens } = whole.json.usage
      const dollars = (prompt_tokens * 0.15 + completion_tokens * 0.6) / 1_000_000
      assert.ok(dollars > 0)
      const close = (value: unknown, wanted = dollars) =>
        assert.ok(Math.abs(Number(value) - wanted) < 1e-9, `${value} is not ${wanted}`)
      close(whole.headers.get('x-bifrost-cost'))
      close((await stage.accessLine(whole))['cost'])
      const labels = { provider: 'openai', model: 'gpt-4o-mini' }
      close(await stage.metric('bifrost_cost_total', labels))
      const stream = await stage.ask('openai/gpt-4o-mini', nonce, { stream: true })
      assert.equal(stream.headers.get('x-bifrost-cost'), null)
      close((await stage.accessLine(stream))['cost'])
      await until(async () => (await stage.metric('bifrost_cost_total', labels)) > dollars)
      close(await stage.metric('bifrost_cost_total', labels), 2 * dollars)
    })

    test('a limit per minute: told on every answer, refused above it, or another target', async () => {
      const nonce = nonceOf('limited')
      for (const remaining of ['1', '0']) {
        const answer = await stage.ask('limited/gpt-4o', nonce)
        assert.equal(answer.status, 200)
        assert.equal(answer.headers.get('x-ratelimit-limit-requests'), '2')
        assert.equal(answer.headers.get('x-ratelimit-remaining-requests'), remaining)
      }
      await assert.rejects(chat('limited/gpt-4o', nonce), (error) => {
        assert.ok(error instanceof OpenAI.RateLimitError)
        assert.equal(error.code, 'rate_limited')
        assert.match(error.headers.get('retry-after') ?? '', /^[1-9]\d*$/)
        assert.equal(error.headers.get('x-ratelimit-remaining-requests'), '0')
        assert.ok(error.headers.get('x-ratelimit-reset-requests'))
        return true
      })
      const other = await stage.ask('limited/gpt-4o', nonce, { fallbacks: ['second/gpt-4o'] })
      assert.equal(attempts(other.headers), 'limited/gpt-4o=rate_limited,second/gpt-4o=200')
      assert.deepEqual(stage.callsOf(nonce).map(keyOf), ['limited', 'limited', 'second'])
      const labels = { per: 'provider', unit: 'requests' }
      assert.equal(await stage.metric('bifrost_rate_limited_total', labels), 2)
    })

    test('first-byte timeout by header: asked once more', async () => {
      const nonce = nonceOf('prompt')
      const hang = { fault: { at: 'request', action: 'hang' } } as const
      stage.providers.script({ match: { nonce }, behaviour: hang, times: 1 })
      const headers = { 'x-bifrost-first-byte-timeout-ms': '500' }
      const answer = await stage.ask('prompt/gpt-4o', nonce, {}, { headers })
      assert.equal(attempts(answer.headers), 'prompt/gpt-4o=first_byte_timeout,prompt/gpt-4o=200')
      await stage.providers.clientClosed({ nonce })
    })

    test('the whole time, and the silence in a stream, by header', async () => {
      const nonce = nonceOf('timeouts')
      const hang = { fault: { at: 'request', action: 'hang' } } as const
      stage.providers.script({ match: { nonce }, behaviour: hang, times: 1 })
      const headers = { 'x-bifrost-timeout-ms': '300' }
      const answer = await stage.ask('third/gpt-4o', nonce, { fallbacks: ['second/gpt-4o'] }, { headers })
      assert.equal(answer.status, 504)
      assert.equal(answer.json.error.code, 'upstream_timeout')
      assert.equal(stage.callsOf(nonce).length, 1)
      const silent = nonceOf('silent')
      const middle = { fault: { at: 'middle', action: 'hang' }, chunks: 20 } as const
      stage.providers.script({ match: { nonce: silent }, behaviour: middle })
      const idle = { 'x-bifrost-stream-idle-timeout-ms': '200' }
      const stream = await sdk().chat.completions.create(
        { model: 'third/gpt-4o', stream: true, messages: [{ role: 'user', content: silent }] },
        { headers: idle },
      )
      await assert.rejects(async () => {
        for await (const chunk of stream) assert.ok(chunk.choices)
      }, OpenAI.APIError)
      for (const name of ['timeout', 'first-byte-timeout', 'stream-idle-timeout', 'stream-comments']) {
        const wrong = await stage.ask(
          'third/gpt-4o',
          nonce,
          {},
          { headers: { [`x-bifrost-${name}-ms`]: 'soon' } },
        )
        assert.equal(wrong.status, 400, name)
      }
    })

    test('lowest-cost: the cheap one first, the dear one when it fails', async () => {
      const nonce = nonceOf('cost')
      for (let request = 0; request < 5; request++) {
        assert.equal(attempts((await stage.ask('cheapest', nonce)).headers), 'cheap/gpt-4o=200')
      }
      fails(nonce, { status: 503 })
      const answer = await stage.ask('cheapest', nonce)
      assert.equal(attempts(answer.headers), 'cheap/gpt-4o=503,dear/gpt-4=200')
    })

    test('lowest-latency: both are tried out, then the fast one is asked', async () => {
      const nonce = nonceOf('latency')
      stage.providers.script({ match: { nonce, model: 'gpt-4' }, behaviour: { delayMs: 400 } })
      const provider = async () => (await stage.ask('quickest', nonce)).headers.get('x-bifrost-provider')
      const seen = new Set<unknown>()
      await until(async () => seen.add(await provider()).size === 2)
      await until(async () => (await provider()) === 'fast')
      for (let request = 0; request < 6; request++) assert.equal(await provider(), 'fast')
    })

    test('least-busy: whoever has no queue', async () => {
      const nonce = nonceOf('busy')
      stage.providers.script({ match: { nonce: `${nonce} held` }, behaviour: { hold: true }, times: 1 })
      const waiting = Array.from({ length: 4 }, () => stage.ask('busy/gpt-4o', `${nonce} held`))
      await stage.providers.callStarted({ nonce: `${nonce} held` })
      // Queues are looked at four times a second: while this one waits, the three before it are seen.
      const late = { headers: { 'x-bifrost-timeout-ms': '800' } }
      assert.equal((await stage.ask('busy/gpt-4o', nonce, {}, late)).status, 504)
      const provider = async () => (await stage.ask('calmest', nonce)).headers.get('x-bifrost-provider')
      for (let request = 0; request < 5; request++) assert.equal(await provider(), 'idle')
      stage.providers.release()
      for (const { status } of await Promise.all(waiting)) assert.equal(status, 200)
    })

    test('rules look at headers and metadata, and are named in the access line', async () => {
      const nonce = nonceOf('rules')
      const team = await stage.ask('gpt-4', nonce, {}, { headers: { 'x-team': 'blue-7' } })
      assert.equal(attempts(team.headers), 'second/gpt-4o=200')
      assert.equal((await stage.accessLine(team))['rule'], 'blue-team')
      const gold = await stage.ask('gpt-4', nonce, { metadata: { tier: 'gold' } })
      assert.equal(attempts(gold.headers), 'third/gpt-4o=200')
      assert.equal((await stage.accessLine(gold))['rule'], 'gold')
      const other = await stage.ask(
        'gpt-4',
        nonce,
        { metadata: { tier: 'silver' } },
        { headers: { 'x-team': 'red' } },
      )
      assert.equal(attempts(other.headers), 'openai/gpt-4=200')
      assert.equal((await stage.accessLine(other))['rule'], undefined)
    })
  })
}
