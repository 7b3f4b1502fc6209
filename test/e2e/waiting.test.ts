import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, before, describe, test } from 'node:test'
import Anthropic from '@anthropic-ai/sdk'
import OpenAI from 'openai'
import type { JsonObject } from '#contract'
import { gatewayModes, until } from '#testing'
import {
  type Answered,
  anthropicLike,
  nonceOf,
  openaiLike,
  type PolicyStage,
  startPolicyStage,
  untilQueued,
} from './policy.suite.ts'

/** What requests do while they wait: their order, their end, the comments that keep them open, the answers they share. */

const one = { concurrency_and_buffer_size: { concurrency: 1, buffer_size: 20 } }
const claude = 'claude-3-haiku-20240307'

const configOf = (url: string, queue: JsonObject): JsonObject => ({
  providers: {
    openai: openaiLike('openai', url),
    anthropic: anthropicLike('anthropic', url),
    narrow: openaiLike('narrow', url, one),
    shared: openaiLike('shared', url, { concurrency_and_buffer_size: { concurrency: 1, buffer_size: 3 } }),
  },
  queue,
})

for (const mode of gatewayModes) {
  describe(`waiting in ${mode}`, { timeout: 120_000 }, () => {
    let stage: PolicyStage
    before(async () => {
      stage = await startPolicyStage(mode, (url) => configOf(url, { tenant_share: 0.5 }))
    })
    after(() => stage.close())

    const untilWaiting = (provider: string, count: number) =>
      untilQueued(stage, { provider, state: 'waiting', count })

    /** Takes the only slot of a provider until `release`. */
    async function hold(model: string, nonce: string): Promise<{ readonly ended: Promise<unknown> }> {
      const held = `${nonce} held`
      stage.providers.script({ match: { nonce: held }, behaviour: { hold: true }, times: 1 })
      const ended = stage.ask(model, held)
      await stage.providers.callStarted({ nonce: held })
      return { ended }
    }

    test('high before normal before low, whoever came first', async () => {
      const nonce = nonceOf('priority')
      const held = await hold('narrow/gpt-4o', nonce)
      const asked: Promise<unknown>[] = []
      for (const [index, priority] of ['low', 'normal', 'high', 'low', 'high', 'normal'].entries()) {
        const headers = { 'x-bifrost-priority': priority }
        asked.push(stage.ask('narrow/gpt-4o', `${nonce} ${priority} ${index}`, {}, { headers }))
        await untilWaiting('narrow', index + 1)
      }
      stage.providers.release()
      await Promise.all([held.ended, ...asked])
      assert.deepEqual(
        stage.callsOf(nonce).map((call) => call.nonce?.replace(`${nonce} `, '')),
        ['held', 'high 2', 'high 4', 'normal 1', 'normal 5', 'low 0', 'low 3'],
      )
      const wrong = { headers: { 'x-bifrost-priority': 'highest' } }
      assert.equal((await stage.ask('narrow/gpt-4o', nonce, {}, wrong)).status, 400)
    })

    test('a caller that leaves the queue is never asked for', async () => {
      const nonce = nonceOf('cancel')
      const held = await hold('narrow/gpt-4o', nonce)
      const leaving = new AbortController()
      const { signal } = leaving
      const left = stage.ask('narrow/gpt-4o', `${nonce} left`, {}, { signal })
      await untilWaiting('narrow', 1)
      leaving.abort()
      await assert.rejects(left, { name: 'AbortError' })
      await untilWaiting('narrow', 0)
      stage.providers.release()
      await held.ended
      assert.equal((await stage.ask('narrow/gpt-4o', `${nonce} next`)).status, 200)
      assert.deepEqual(
        stage.callsOf(nonce).map((call) => call.nonce),
        [`${nonce} held`, `${nonce} next`],
      )
    })

    test('one tenant holds its share of a queue and no more: 429 tenant_share, others go in', async () => {
      const nonce = nonceOf('share')
      const as = (tenant: string) => ({ headers: { authorization: `Bearer ${tenant}` } })
      const held = `${nonce} held`
      stage.providers.script({ match: { nonce: held }, behaviour: { hold: true }, times: 1 })
      const admitted = [stage.ask('shared/gpt-4o', held, {}, as('a'))]
      await stage.providers.callStarted({ nonce: held })
      admitted.push(stage.ask('shared/gpt-4o', nonce, {}, as('a')))
      await untilWaiting('shared', 1)
      const client = new OpenAI({ baseURL: `${stage.url}/openai`, apiKey: 'a', maxRetries: 0 })
      const over = client.chat.completions.create({
        model: 'shared/gpt-4o',
        messages: [{ role: 'user', content: nonce }],
      })
      await assert.rejects(over, (error) => {
        assert.ok(error instanceof OpenAI.RateLimitError)
        assert.equal(error.code, 'tenant_share')
        assert.match(error.headers.get('retry-after') ?? '', /^[1-9]\d*$/)
        return true
      })
      admitted.push(stage.ask('shared/gpt-4o', nonce, {}, as('b')))
      await untilWaiting('shared', 2)
      stage.providers.release()
      for (const { status } of await Promise.all(admitted)) assert.equal(status, 200)
    })

    test('comments keep a waiting stream open, and the official client reads past them', async () => {
      const nonce = nonceOf('comments')
      stage.providers.script({ match: { nonce }, behaviour: { hold: true }, times: 1 })
      const client = new OpenAI({ baseURL: `${stage.url}/openai`, apiKey: 'x', maxRetries: 0 })
      const headers = { 'x-bifrost-stream-comments-ms': '20' }
      // Begun by the first comment: the provider has said nothing yet.
      const stream = await client.chat.completions.create(
        { model: 'openai/gpt-4o', stream: true, messages: [{ role: 'user', content: nonce }] },
        { headers },
      )
      await stage.providers.callStarted({ nonce })
      stage.providers.release()
      let text = ''
      for await (const chunk of stream) text += chunk.choices[0]?.delta.content ?? ''
      assert.equal(text, `You said: ${nonce}`)
      stage.providers.script({ match: { nonce }, behaviour: { hold: true }, times: 1 })
      const raw = stage.ask('openai/gpt-4o', nonce, { stream: true }, { headers })
      await stage.providers.callsStarted(2, { nonce })
      const first = await fetchFirstBytes(stage, `${nonce} raw`, headers)
      assert.match(first, /^: /)
      stage.providers.release()
      assert.match((await raw).text, /data: \[DONE\]\n\n$/)
    })

    test('an error after comments is the client’s own error class', async () => {
      const nonce = nonceOf('late error')
      const behaviour = { delayMs: 500, error: { status: 503, message: 'late words' } }
      stage.providers.script({ match: { nonce }, behaviour })
      const headers = { 'x-bifrost-stream-comments-ms': '20' }
      const messages = [{ role: 'user' as const, content: nonce }]
      const openai = new OpenAI({ baseURL: `${stage.url}/openai`, apiKey: 'x', maxRetries: 0 })
      await assert.rejects(async () => {
        const stream = await openai.chat.completions.create(
          { model: 'openai/gpt-4o', stream: true, messages },
          { headers },
        )
        for await (const chunk of stream) assert.ok(chunk.choices)
      }, isLate(OpenAI.APIError))
      const anthropic = new Anthropic({ baseURL: `${stage.url}/anthropic`, apiKey: 'x', maxRetries: 0 })
      for (const model of [claude, 'openai/gpt-4o']) {
        await assert.rejects(
          anthropic.messages.stream({ model, max_tokens: 50, messages }, { headers }).finalMessage(),
          isLate(Anthropic.APIError),
        )
      }
    })

    test('cache: miss, hit without a call, a stream replayed, another tenant asks for itself', async () => {
      const nonce = nonceOf('cache')
      const headers = { 'x-bifrost-cache': 'true' }
      let shared = 0
      /** Until it is kept, an answer is still the other request's. */
      const kept = async (body: JsonObject, text: string) => {
        let hit: Answered | undefined
        await until(async () => {
          hit = await stage.ask('openai/gpt-4o-mini', nonce, body, { headers })
          shared += 1
          assert.equal(hit.text, text)
          assert.equal(hit.headers.get('x-bifrost-cost'), null)
          assert.equal(hit.headers.get('x-bifrost-attempts'), null)
          return hit.headers.get('x-bifrost-cache') === 'hit'
        })
        assert.ok(hit)
        return hit
      }
      const miss = await stage.ask('openai/gpt-4o-mini', nonce, {}, { headers })
      assert.equal(miss.headers.get('x-bifrost-cache'), 'miss')
      assert.ok(miss.headers.get('x-bifrost-cost'))
      assert.equal((await stage.accessLine(await kept({}, miss.text)))['cache'], 'hit')
      assert.equal(stage.callsOf(nonce).length, 1)
      const stream = { stream: true, stream_options: { include_usage: true } }
      const first = await stage.ask('openai/gpt-4o-mini', nonce, stream, { headers })
      assert.equal(first.headers.get('x-bifrost-cache'), 'miss')
      assert.match(first.text, /data: \[DONE\]\n\n$/)
      await kept(stream, first.text)
      assert.equal(stage.callsOf(nonce).length, 2)
      const other = { headers: { ...headers, authorization: 'Bearer somebody-else' } }
      const own = await stage.ask('openai/gpt-4o-mini', nonce, {}, other)
      assert.equal(own.headers.get('x-bifrost-cache'), 'miss')
      const plain = await stage.ask('openai/gpt-4o-mini', nonce)
      assert.equal(plain.headers.get('x-bifrost-cache'), null)
      assert.equal(stage.callsOf(nonce).length, 4)
      assert.equal(await stage.metric('bifrost_cache_hits_total', {}), shared)
    })

    test('identical requests at the same time share one call', async () => {
      const nonce = nonceOf('joined')
      stage.providers.script({ match: { nonce }, behaviour: { hold: true } })
      const headers = { 'x-bifrost-cache': 'true' }
      const body = { stream: true }
      const first = stage.ask('openai/gpt-4o', nonce, body, { headers })
      await stage.providers.callStarted({ nonce })
      // Comments go out once it waits for the other's answer.
      const id = randomUUID()
      const joining = await open(stage, nonce, {
        ...headers,
        'x-request-id': id,
        'x-bifrost-stream-comments-ms': '20',
      })
      stage.providers.release()
      const text = (await joining.text()).replaceAll(/^: .*\n\n/gm, '')
      const { text: wanted, headers: said } = await first
      assert.equal(said.get('x-bifrost-cache'), 'miss')
      assert.equal(text, wanted)
      assert.equal((await stage.accessLine({ id }))['cache'], 'joined')
      assert.equal(stage.callsOf(nonce).length, 1)
    })
  })

  describe(`the longest wait in ${mode}`, { timeout: 60_000 }, () => {
    let stage: PolicyStage
    before(async () => {
      stage = await startPolicyStage(mode, (url) => configOf(url, { max_wait_in_seconds: 0.5 }))
    })
    after(() => stage.close())

    test('504 queue_timeout for who is in a hurry; low priority waits on', async () => {
      const nonce = nonceOf('hurry')
      stage.providers.script({ match: { nonce: `${nonce} held` }, behaviour: { hold: true }, times: 1 })
      const held = stage.ask('narrow/gpt-4o', `${nonce} held`)
      await stage.providers.callStarted({ nonce: `${nonce} held` })
      const low = stage.ask('narrow/gpt-4o', `${nonce} low`, {}, { headers: { 'x-bifrost-priority': 'low' } })
      const client = new OpenAI({ baseURL: `${stage.url}/openai`, apiKey: 'x', maxRetries: 0 })
      const hurried = client.chat.completions.create({
        model: 'narrow/gpt-4o',
        messages: [{ role: 'user', content: `${nonce} hurried` }],
      })
      await assert.rejects(hurried, (error) => {
        assert.ok(error instanceof OpenAI.InternalServerError)
        assert.equal(error.status, 504)
        assert.equal(error.code, 'queue_timeout')
        return true
      })
      const streamed = await stage.ask('narrow/gpt-4o', `${nonce} hurried`, { stream: true })
      assert.equal(streamed.status, 504)
      stage.providers.release()
      assert.equal((await low).status, 200)
      assert.equal((await held).status, 200)
      assert.deepEqual(
        stage.callsOf(nonce).map((call) => call.nonce?.replace(`${nonce} `, '')),
        ['held', 'low'],
      )
    })
  })
}

function isLate(type: new (...args: never[]) => Error): (error: unknown) => boolean {
  return (error) => {
    assert.ok(error instanceof type, String(error))
    assert.match(error.message, /late words/)
    return true
  }
}

function open(stage: PolicyStage, nonce: string, headers: Record<string, string>): Promise<Response> {
  return fetch(`${stage.url}/openai/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({
      model: 'openai/gpt-4o',
      max_tokens: 100,
      messages: [{ role: 'user', content: nonce }],
      stream: true,
    }),
  })
}

/** Of a stream whose provider says nothing until it is released. */
async function fetchFirstBytes(
  stage: PolicyStage,
  nonce: string,
  headers: Record<string, string>,
): Promise<string> {
  stage.providers.script({ match: { nonce }, behaviour: { hold: true }, times: 1 })
  const response = await open(stage, nonce, headers)
  const reader = response.body?.getReader()
  const { value } = (await reader?.read()) ?? {}
  await reader?.cancel()
  return Buffer.from(value ?? []).toString()
}
