import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import Anthropic from '@anthropic-ai/sdk'
import OpenAI from 'openai'
import type { JsonObject } from '#contract'
import { gatewayModes, simulatedKeys } from '#testing'
import {
  anthropicLike,
  keyOf,
  nonceOf,
  openaiLike,
  type PolicyStage,
  startPolicyStage,
} from './policy.suite.ts'

/** Fallbacks through whole gateways: who may name them, in which order, on which wires, and when there is none. */

const claude = 'claude-3-haiku-20240307'
const wires = { openai: 'openai/gpt-4o-mini', anthropic: `anthropic/${claude}` } as const

const configOf = (url: string): JsonObject => ({
  providers: {
    openai: openaiLike('openai', url),
    anthropic: anthropicLike('anthropic', url),
    second: openaiLike('second', url),
    third: openaiLike('third', url),
    breaks: openaiLike('breaks', url),
    bedrock: {
      keys: [{ value: simulatedKeys.bedrock, bedrock_key_config: { region: 'us-east-1' } }],
      network_config: { base_url: url },
    },
    small: openaiLike('small', url, { concurrency_and_buffer_size: { concurrency: 1, buffer_size: 0 } }),
  },
  fallbacks: { 'openai/gpt-4-turbo*': ['second/gpt-4o', wires.anthropic] },
  // More failures than a provider would be allowed.
  routing: { circuit_breaker: { enabled: false } },
  model_aliases: { spread: [{ model: 'breaks/gpt-4o' }] },
})

for (const mode of gatewayModes) {
  describe(`fallbacks through ${mode}`, { concurrency: true, timeout: 60_000 }, () => {
    let stage: PolicyStage
    before(async () => {
      stage = await startPolicyStage(mode, configOf)
    })
    after(() => stage.close())

    /** Calls with this nonce to this model fail. */
    const failing = (nonce: string, model: string, status = 503, times?: number) =>
      stage.providers.script({
        match: { nonce, model },
        behaviour: { error: { status } },
        ...(times !== undefined && { times }),
      })

    test('named in the body: taken out of the bytes, tried in order, listed', async () => {
      const nonce = nonceOf('body')
      failing(nonce, 'gpt-4o')
      failing(nonce, 'gpt-4')
      const answer = await stage.ask('openai/gpt-4o', nonce, {
        fallbacks: ['second/gpt-4', 'third/gpt-4o-mini', wires.anthropic],
        temperature: 1,
      })
      assert.equal(answer.status, 200)
      assert.equal(answer.json.choices[0].message.content, `You said: ${nonce}`)
      assert.equal(
        answer.headers.get('x-bifrost-attempts'),
        'openai/gpt-4o=503,second/gpt-4=503,third/gpt-4o-mini=200',
      )
      assert.equal(answer.headers.get('x-bifrost-provider'), 'third')
      assert.equal(answer.headers.get('x-bifrost-model'), 'gpt-4o-mini')
      const calls = stage.callsOf(nonce)
      assert.deepEqual(calls.map(keyOf), ['openai', 'second', 'third'])
      for (const call of calls) {
        assert.equal(JSON.parse(call.body.toString()).fallbacks, undefined)
        assert.match(call.body.toString(), /"temperature":1[,}]/)
      }
      const line = await stage.accessLine(answer)
      assert.deepEqual(
        (line['attempts'] as JsonObject[]).map(({ provider, outcome }) => `${provider}=${outcome}`),
        ['openai=503', 'second=503', 'third=200'],
      )
      assert.equal(line['provider'], 'third')
      assert.equal(line['status'], 200)
    })

    test('named in a header; the body goes before the header', async () => {
      const nonce = nonceOf('header')
      failing(nonce, 'gpt-4o')
      const headers = { 'x-bifrost-fallbacks': 'second/gpt-4o-mini, third/gpt-4' }
      const answer = await stage.ask('openai/gpt-4o', nonce, {}, { headers })
      assert.equal(answer.headers.get('x-bifrost-attempts'), 'openai/gpt-4o=503,second/gpt-4o-mini=200')
      const both = nonceOf('both')
      failing(both, 'gpt-4o')
      const chosen = await stage.ask('openai/gpt-4o', both, { fallbacks: ['third/gpt-4'] }, { headers })
      assert.equal(chosen.headers.get('x-bifrost-attempts'), 'openai/gpt-4o=503,third/gpt-4=200')
    })

    test('by a pattern of the configuration', async () => {
      const nonce = nonceOf('config')
      failing(nonce, 'gpt-4-turbo')
      failing(nonce, 'gpt-4o')
      const answer = await stage.ask('gpt-4-turbo', nonce)
      assert.equal(answer.status, 200)
      assert.equal(
        answer.headers.get('x-bifrost-attempts'),
        `openai/gpt-4-turbo=503,second/gpt-4o=503,${wires.anthropic}=200`,
      )
      assert.equal(answer.json.choices[0].message.content, `You said: ${nonce}`)
      assert.equal(await stage.metric('bifrost_fallbacks_total', { provider: 'second', to: 'anthropic' }), 1)
    })

    test('an alias as the first target keeps its fallbacks', async () => {
      const nonce = nonceOf('alias')
      failing(nonce, 'gpt-4o')
      const answer = await stage.ask('spread', nonce, { fallbacks: ['openai/gpt-4o-mini'] })
      assert.equal(answer.headers.get('x-bifrost-attempts'), 'breaks/gpt-4o=503,openai/gpt-4o-mini=200')
    })

    test('all fail: the first failure is the answer, with its status and message, and all are listed', async () => {
      const nonce = nonceOf('all')
      stage.providers.script({
        match: { nonce, model: 'gpt-4o' },
        behaviour: { error: { status: 503, message: 'first words' } },
      })
      failing(nonce, 'gpt-4', 500)
      const client = new OpenAI({ baseURL: `${stage.url}/openai`, apiKey: 'x', maxRetries: 0 })
      const request = client.chat.completions.create({
        model: 'openai/gpt-4o',
        messages: [{ role: 'user', content: nonce }],
        ...{ fallbacks: ['second/gpt-4'] },
      })
      await assert.rejects(request, (error) => {
        assert.ok(error instanceof OpenAI.InternalServerError)
        assert.equal(error.status, 503)
        assert.match(error.message, /first words/)
        assert.equal(error.headers?.get('x-bifrost-attempts'), 'openai/gpt-4o=503,second/gpt-4=500')
        return true
      })
    })

    test('the caller’s own 400 is no reason to ask anybody else', async () => {
      const nonce = nonceOf('400')
      failing(nonce, 'gpt-4o', 400)
      const answer = await stage.ask('openai/gpt-4o', nonce, { fallbacks: ['second/gpt-4'] })
      assert.equal(answer.status, 400)
      assert.equal(answer.headers.get('x-bifrost-attempts'), 'openai/gpt-4o=400')
      assert.equal(stage.callsOf(nonce).length, 1)
    })

    test('a fallback that leads nowhere is refused by name before anything is asked', async () => {
      const nonce = nonceOf('bad')
      const answer = await stage.ask('openai/gpt-4o', nonce, { fallbacks: ['second/gpt-4', 'groq/x'] })
      assert.equal(answer.status, 404)
      assert.equal(answer.json.error.code, 'model_not_found')
      assert.equal(answer.json.error.param, 'fallbacks[1]')
      const header = { headers: { 'x-bifrost-fallbacks': 'groq/x' } }
      const other = await stage.ask('openai/gpt-4o', nonce, {}, header)
      assert.equal(other.status, 404)
      assert.equal(other.json.error.param, 'x-bifrost-fallbacks')
      assert.equal(stage.callsOf(nonce).length, 0)
    })

    test('a full queue is passed over at once', async () => {
      const nonce = nonceOf('full')
      stage.providers.script({ match: { nonce: `${nonce} held` }, behaviour: { hold: true } })
      const held = stage.ask('small/gpt-4o', `${nonce} held`)
      await stage.providers.callStarted({ nonce: `${nonce} held` })
      const answer = await stage.ask('small/gpt-4o', `${nonce} next`, { fallbacks: ['second/gpt-4o'] })
      assert.equal(answer.headers.get('x-bifrost-attempts'), 'small/gpt-4o=queue_full,second/gpt-4o=200')
      // Later on the way, too: refused by the worker's hop.
      failing(`${nonce} hop`, 'gpt-4')
      const hopped = await stage.ask('openai/gpt-4', `${nonce} hop`, {
        fallbacks: ['small/gpt-4o', 'second/gpt-4o'],
      })
      assert.equal(
        hopped.headers.get('x-bifrost-attempts'),
        'openai/gpt-4=503,small/gpt-4o=queue_full,second/gpt-4o=200',
      )
      const alone = await stage.ask('small/gpt-4o', `${nonce} alone`)
      assert.equal(alone.status, 429)
      assert.equal(alone.json.error.code, 'queue_full')
      assert.match(alone.headers.get('retry-after') ?? '', /^[1-9]\d*$/)
      stage.providers.release()
      assert.equal((await held).status, 200)
    })

    const tools = {
      openai: [
        {
          type: 'function',
          function: {
            name: 'look_up',
            parameters: { type: 'object', properties: { what: { type: 'string' } }, required: ['what'] },
          },
        },
      ],
      anthropic: [
        {
          name: 'look_up',
          input_schema: { type: 'object', properties: { what: { type: 'string' } }, required: ['what'] },
        },
      ],
    } as const

    for (const [first, second] of [
      ['anthropic', 'openai'],
      ['openai', 'anthropic'],
    ] as const) {
      const title = `${first} fails, ${second} answers`
      const broken = (nonce: string) => failing(nonce, wires[first].split('/')[1] ?? '')
      const attempts = `${wires[first]}=503,${wires[second]}=200`

      test(`${title}: OpenAI's client`, async () => {
        const client = new OpenAI({ baseURL: `${stage.url}/openai`, apiKey: 'x', maxRetries: 0 })
        const ask = (nonce: string) => ({
          model: wires[first],
          messages: [{ role: 'user' as const, content: nonce }],
          ...{ fallbacks: [wires[second]] },
        })
        const nonce = nonceOf('cross')
        broken(nonce)
        const { data, response } = await client.chat.completions.create(ask(nonce)).withResponse()
        assert.equal(data.choices[0]?.message.content, `You said: ${nonce}`)
        assert.equal(response.headers.get('x-bifrost-attempts'), attempts)

        const streamed = await client.chat.completions
          .create({ ...ask(nonce), stream: true, stream_options: { include_usage: true } })
          .withResponse()
        let text = ''
        let usage: unknown
        for await (const chunk of streamed.data) {
          text += chunk.choices[0]?.delta.content ?? ''
          usage ??= chunk.usage ?? undefined
        }
        assert.equal(text, `You said: ${nonce}`)
        assert.ok(usage)
        assert.equal(streamed.response.headers.get('x-bifrost-attempts'), attempts)

        const called = await client.chat.completions.create({
          ...ask(nonce),
          tools: [...tools.openai],
          tool_choice: 'required',
        })
        const [call] = called.choices[0]?.message.tool_calls ?? []
        assert.ok(call?.type === 'function')
        assert.equal(call.function.name, 'look_up')
        assert.equal(JSON.parse(call.function.arguments).what, nonce)
        assert.equal(called.choices[0]?.finish_reason, 'tool_calls')
      })

      test(`${title}: Anthropic's client`, async () => {
        const client = new Anthropic({ baseURL: `${stage.url}/anthropic`, apiKey: 'x', maxRetries: 0 })
        const ask = (nonce: string) => ({
          model: wires[first],
          max_tokens: 100,
          messages: [{ role: 'user' as const, content: nonce }],
          ...{ fallbacks: [wires[second]] },
        })
        const nonce = nonceOf('cross')
        broken(nonce)
        const { data, response } = await client.messages.create(ask(nonce)).withResponse()
        assert.deepEqual(
          data.content.map((block) => (block.type === 'text' ? block.text : block.type)),
          [`You said: ${nonce}`],
        )
        assert.equal(response.headers.get('x-bifrost-attempts'), attempts)
        const whole = await client.messages.stream(ask(nonce)).finalMessage()
        assert.equal(whole.content[0]?.type === 'text' && whole.content[0].text, `You said: ${nonce}`)
        assert.equal(whole.stop_reason, 'end_turn')
        const called = await client.messages.create({
          ...ask(nonce),
          tools: tools.anthropic.map((tool) => ({
            ...tool,
            input_schema: { ...tool.input_schema, required: ['what'] },
          })),
          tool_choice: { type: 'any' },
        })
        const use = called.content.find((block) => block.type === 'tool_use')
        assert.deepEqual(use?.input, { what: nonce })
      })
    }

    test('what a later target loses is said; one that cannot carry the request at all leaves the plan', async () => {
      const nonce = nonceOf('carry')
      failing(nonce, 'gpt-4o-mini')
      const lost = await stage.ask('openai/gpt-4o-mini', nonce, { fallbacks: [wires.anthropic], n: 2 })
      assert.equal(lost.headers.get('x-bifrost-attempts'), `${wires.openai}=503,${wires.anthropic}=200`)
      assert.equal(lost.headers.get('x-bifrost-warnings'), 'unsupported:n')
      const nova = 'bedrock/amazon.nova-pro-v1:0'
      const image_url = { url: 'https://pictures.example/cat.png' }
      const content = [
        { type: 'text', text: nonce },
        { type: 'image_url', image_url },
      ]
      const seen = await stage.ask('openai/gpt-4o-mini', nonce, {
        messages: [{ role: 'user', content }],
        fallbacks: [nova, 'second/gpt-4o'],
      })
      assert.equal(seen.headers.get('x-bifrost-attempts'), 'openai/gpt-4o-mini=503,second/gpt-4o=200')
      assert.equal(seen.headers.get('x-bifrost-warnings'), `unsupported:fallbacks[${nova}]`)
    })

    test('after its first byte a stream is never begun again elsewhere', async () => {
      const nonce = nonceOf('middle')
      stage.providers.script({
        match: { nonce, model: 'gpt-4o' },
        behaviour: { fault: { at: 'middle', action: 'reset' }, chunks: 20 },
      })
      const client = new OpenAI({ baseURL: `${stage.url}/openai`, apiKey: 'x', maxRetries: 0 })
      const stream = await client.chat.completions.create({
        model: 'openai/gpt-4o',
        stream: true,
        messages: [{ role: 'user', content: nonce }],
        ...{ fallbacks: ['second/gpt-4'] },
      })
      await assert.rejects(async () => {
        for await (const chunk of stream) assert.ok(chunk.choices)
      }, OpenAI.APIError)
      assert.equal(stage.callsOf(nonce).length, 1)
    })
  })
}
