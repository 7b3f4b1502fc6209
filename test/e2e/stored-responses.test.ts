import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import OpenAI from 'openai'
import OpenAI2025 from 'openai-2025'
import {
  type GatewayHarness,
  gatewayModes,
  type SimulatedProviders,
  sharedRedisUrl,
  simulatedConfig,
  startGateway,
  startSimulatedProviders,
} from '#testing'

/* The Responses API of a provider that does not have it: what the vendor would remember is remembered here. */

const model = 'anthropic/claude-opus-4-8'

for (const mode of gatewayModes) {
  describe(`stored responses, ${mode}`, () => {
    let providers: SimulatedProviders
    let gateway: GatewayHarness
    before(async () => {
      providers = await startSimulatedProviders()
      const redisUrl = mode === 'standalone-memory' ? {} : { redisUrl: await sharedRedisUrl() }
      gateway = await startGateway({ mode, config: simulatedConfig(providers.url), ...redisUrl })
    })
    after(async () => {
      await gateway.close()
      await providers.close()
    })

    const generations: readonly (readonly [string, typeof OpenAI])[] = [
      ['newest', OpenAI],
      // Its types differ in members that are not looked at here.
      ['2025', OpenAI2025 as unknown as typeof OpenAI],
    ]
    for (const [generation, Client] of generations) {
      const client = () => new Client({ baseURL: `${gateway.url}/v1`, apiKey: 'x', maxRetries: 0 })
      const lastSent = () => {
        const body: unknown = JSON.parse(providers.calls.at(-1)?.body.toString() ?? '')
        return body as { system?: unknown; messages: { role: string; content: unknown }[] }
      }

      test(`${generation}: another tenant does not find it`, async () => {
        const stranger = new Client({ baseURL: `${gateway.url}/v1`, apiKey: 'y', maxRetries: 0 })
        const { id } = await client().responses.create({ model, input: 'My name is Ada.' })
        await assert.rejects(stranger.responses.retrieve(id), Client.NotFoundError)
        await assert.rejects(stranger.responses.delete(id), Client.NotFoundError)
        await assert.rejects(
          stranger.responses.create({ model, input: 'What is my name?', previous_response_id: id }),
          Client.BadRequestError,
        )
        assert.equal((await client().responses.retrieve(id)).id, id)
      })

      test(`${generation}: made, read again, gone on from, its input listed, deleted`, async () => {
        const first = await client().responses.create({
          model,
          instructions: 'Be brief.',
          input: 'My name is Ada.',
          metadata: { a: 'b' },
        })
        assert.match(first.id, /^resp_bf[\w-]{32}$/)
        const read = await client().responses.retrieve(first.id)
        assert.deepEqual(read, first)
        assert.equal(read.output_text, first.output_text)

        const second = await client().responses.create({
          model,
          input: [{ role: 'user', content: 'What is my name?' }],
          previous_response_id: first.id,
        })
        assert.equal(second.previous_response_id, first.id)
        const sent = lastSent()
        // The instructions were for the first answer alone.
        assert.equal(sent.system, undefined)
        assert.deepEqual(sent.messages, [
          { role: 'user', content: 'My name is Ada.' },
          { role: 'assistant', content: first.output_text },
          { role: 'user', content: 'What is my name?' },
        ])

        const texts: unknown[] = []
        const ids = new Set<string | undefined>()
        for await (const item of client().responses.inputItems.list(second.id, { order: 'asc', limit: 2 })) {
          assert.equal(item.type, 'message')
          ids.add(item.id)
          if (item.type === 'message') texts.push(item.role)
        }
        assert.deepEqual(texts, ['user', 'assistant', 'user'])
        assert.equal(ids.size, 3)

        await client().responses.delete(first.id)
        await assert.rejects(client().responses.retrieve(first.id), Client.NotFoundError)
        await assert.rejects(client().responses.inputItems.list(first.id), Client.NotFoundError)
        await assert.rejects(
          client().responses.create({ model, input: 'x', previous_response_id: first.id }),
          (error) => error instanceof Client.BadRequestError && error.param === 'previous_response_id',
        )
        assert.equal((await client().responses.retrieve(second.id)).id, second.id)
        await assert.rejects(client().responses.cancel(second.id), Client.BadRequestError)
      })

      test(`${generation}: streamed, and gone on from as soon as its last event is there`, async () => {
        const stream = await client().responses.create({ model, input: 'Say 1.', stream: true })
        let id = ''
        for await (const event of stream) {
          if (event.type === 'response.created') id = event.response.id
          if (event.type !== 'response.completed') continue
          assert.equal(event.response.id, id)
          assert.deepEqual((await client().responses.retrieve(id)).output, event.response.output)
        }
        await client().responses.create({ model, input: 'Say 2.', previous_response_id: id })
        assert.equal(lastSent().messages.length, 3)
      })

      test(`${generation}: store: false leaves nothing behind`, async () => {
        const response = await client().responses.create({ model, input: 'hi', store: false })
        assert.match(response.id, /^resp_/)
        await assert.rejects(client().responses.retrieve(response.id), Client.NotFoundError)
      })
    }

    test('an id that a provider would keep cannot go on elsewhere', async () => {
      const client = new OpenAI({ baseURL: `${gateway.url}/v1`, apiKey: 'x', maxRetries: 0 })
      for (const member of [{ previous_response_id: 'resp_0123456789' }, { conversation: 'conv_1' }]) {
        await assert.rejects(
          client.responses.create({ model, input: 'x', ...member }),
          (error) => error instanceof OpenAI.BadRequestError && error.param === Object.keys(member)[0],
        )
      }
    })

    test('nothing that is done here is named in a warning', async () => {
      const post = async (body: object) =>
        await fetch(`${gateway.url}/v1/responses`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({ model, ...body }),
        })
      const first = await post({ input: 'one', store: true })
      const { id } = (await first.json()) as { id: string }
      const second = await post({ input: 'two', previous_response_id: id })
      assert.equal(second.status, 200)
      assert.deepEqual(
        [first, second].map((answer) => answer.headers.get('x-bifrost-warnings')),
        [null, null],
      )
    })
  })
}
