import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import Anthropic from '@anthropic-ai/sdk'
import OpenAI, { toFile } from 'openai'
import type { JsonObject } from '#contract'
import { type GatewayHarness, gatewayModes, sharedRedisUrl, startGateway } from '#testing'
import { startVendor, type Vendor } from './resources.suite.ts'

/* What vendors keep under ids of their own: made through one of several keys, found again with that key alone. */

const keys = ['one', 'two', 'three', 'four', 'five']

/** Two providers of each vendor's API, each with several keys; none finds what another made. */
function configFor(url: string): JsonObject {
  const provider = (prefix: string) => ({
    keys: keys.map((name) => ({ name, value: `${prefix}-${name}`, models: [], weight: 1 })),
    network_config: { base_url: url },
  })
  const custom = { custom_provider_config: { base_provider_type: 'openai' } }
  return {
    providers: {
      openai: provider('sk-openai'),
      anthropic: provider('sk-anthropic'),
      other: { ...provider('sk-other'), ...custom },
    },
  }
}

for (const mode of gatewayModes) {
  describe(`resources, ${mode}`, () => {
    let vendor: Vendor
    let gateway: GatewayHarness
    let openai: OpenAI
    let anthropic: Anthropic
    before(async () => {
      vendor = await startVendor()
      const redisUrl = mode === 'standalone-memory' ? {} : { redisUrl: await sharedRedisUrl() }
      gateway = await startGateway({ mode, config: configFor(vendor.url), ...redisUrl })
      openai = new OpenAI({ baseURL: `${gateway.url}/openai/v1`, apiKey: 'x', maxRetries: 0 })
      anthropic = new Anthropic({ baseURL: `${gateway.url}/anthropic`, apiKey: 'x', maxRetries: 0 })
    })
    after(async () => {
      await gateway.close()
      await vendor.close()
    })
    const upload = () => toFile(Buffer.from('{"custom_id":"a"}\n'), 'batch.jsonl')

    test('files: made with whichever key, read, listed and deleted with the same', async () => {
      for (let round = 0; round < 8; round++) {
        const file = await openai.files.create({ file: await upload(), purpose: 'batch' })
        assert.equal((await openai.files.retrieve(file.id)).id, file.id)
        const content = await (await openai.files.content(file.id)).text()
        assert.equal(content, '{"id":"file-lure","ours":1.0}')
        assert.equal((await openai.files.delete(file.id)).deleted, true)
        const calls = vendor.seen.slice(-4)
        assert.equal(new Set(calls.map(({ key }) => key)).size, 1)
        assert.match(calls[0]?.contentType ?? '', /^multipart\/form-data; boundary=/)
        assert.match(calls[0]?.body ?? '', /custom_id/)
      }
      const used = new Set(vendor.callsTo('/v1/files').map(({ key }) => key))
      assert.ok(used.size > 1, 'several keys made files')
    })

    test('a batch goes to the key that has its file, and its results are found with it', async () => {
      for (let round = 0; round < 8; round++) {
        const file = await openai.files.create({ file: await upload(), purpose: 'batch' })
        const batch = await openai.batches.create({
          input_file_id: file.id,
          endpoint: '/v1/chat/completions',
          completion_window: '24h',
        })
        assert.equal((await openai.batches.retrieve(batch.id)).input_file_id, file.id)
        assert.equal((await openai.batches.cancel(batch.id)).id, batch.id)
        const output = await openai.files.retrieve(batch.output_file_id ?? '')
        assert.equal(output.id, batch.output_file_id)
      }
    })

    test('a list is one key’s, and what it names is found with that key', async () => {
      const page = await openai.batches.list()
      for (const { id } of page.data) assert.equal((await openai.batches.retrieve(id)).id, id)
    })

    test('an unknown id goes to the surface’s provider, or to the one that is named', async () => {
      await assert.rejects(openai.files.retrieve('file-unknown'), OpenAI.NotFoundError)
      assert.match(vendor.seen.at(-1)?.key ?? '', /^sk-openai-/)
      const headers = { 'x-bifrost-provider': 'other' }
      await assert.rejects(openai.files.retrieve('file-unknown', { headers }), OpenAI.NotFoundError)
      assert.match(vendor.seen.at(-1)?.key ?? '', /^sk-other-/)
      // What is made there is found there without being named again.
      const file = await openai.files.create({ file: await upload(), purpose: 'batch' }, { headers })
      assert.equal((await openai.files.retrieve(file.id)).id, file.id)
      await assert.rejects(
        openai.files.list({}, { headers: { 'x-bifrost-provider': 'nobody' } }),
        (error) => error instanceof OpenAI.NotFoundError && /nobody/.test(error.message),
      )
    })

    test('responses that the vendor keeps: whole and streamed, with the key that made them', async () => {
      for (let round = 0; round < 6; round++) {
        const response = await openai.responses.create({ model: 'gpt-4o', input: 'hi' })
        assert.equal((await openai.responses.retrieve(response.id)).id, response.id)
        let id = ''
        const stream = await openai.responses.create({ model: 'gpt-4o', input: 'hi', stream: true })
        for await (const event of stream) {
          if (event.type !== 'response.created') continue
          id = event.response.id
          assert.equal((await openai.responses.cancel(id)).id, id)
        }
        await openai.responses.create({ model: 'gpt-4o', input: 'and?', previous_response_id: id })
        const [cancel, next] = vendor.seen.slice(-2)
        assert.equal(cancel?.key, next?.key)
        assert.match(next?.body ?? '', new RegExp(`"previous_response_id":"${id}"`))
        await openai.responses.delete(id)
      }
      const elsewhere = { model: 'other/gpt-4o', input: 'and?' }
      const made = await openai.responses.create({ model: 'gpt-4o', input: 'hi' })
      await assert.rejects(
        openai.responses.create({ ...elsewhere, previous_response_id: made.id }),
        (error) => error instanceof OpenAI.BadRequestError && error.param === 'previous_response_id',
      )
    })

    test('what one tenant had made is unknown to another', async () => {
      const stranger = new OpenAI({ baseURL: `${gateway.url}/openai/v1`, apiKey: 'y', maxRetries: 0 })
      const file = await openai.files.create({ file: await upload(), purpose: 'batch' })
      await assert.rejects(stranger.files.retrieve(file.id), OpenAI.NotFoundError)
      await assert.rejects(stranger.files.delete(file.id), OpenAI.NotFoundError)
      const batch = { endpoint: '/v1/chat/completions', completion_window: '24h' } as const
      await assert.rejects(
        stranger.batches.create({ ...batch, input_file_id: file.id }),
        OpenAI.NotFoundError,
      )
      const content = [{ type: 'input_file' as const, file_id: file.id }]
      await assert.rejects(
        stranger.responses.create({ model: 'gpt-4o', input: [{ role: 'user', content }] }),
        OpenAI.NotFoundError,
      )
      const response = await openai.responses.create({ model: 'gpt-4o', input: 'hi' })
      await assert.rejects(stranger.responses.retrieve(response.id), OpenAI.NotFoundError)
      await assert.rejects(
        stranger.responses.create({ model: 'gpt-4o', input: 'and?', previous_response_id: response.id }),
        (error) => error instanceof OpenAI.BadRequestError && error.param === 'previous_response_id',
      )
      const made = await openai.batches.create({ ...batch, input_file_id: file.id })
      await openai.batches.retrieve(made.id)
      await assert.rejects(stranger.files.content(made.output_file_id ?? ''), OpenAI.NotFoundError)
      // A look at a list gives nobody what is on it.
      await stranger.files.list()
      await stranger.batches.list()
      assert.equal((await openai.files.retrieve(file.id)).id, file.id)
      await assert.rejects(stranger.batches.retrieve(made.id), OpenAI.NotFoundError)
    })

    test('Anthropic’s batches: the address of their results is ours', async () => {
      const params = { model: 'claude-opus-5', max_tokens: 5, messages: [] }
      for (let round = 0; round < 6; round++) {
        const batch = await anthropic.messages.batches.create({ requests: [{ custom_id: 'a', params }] })
        assert.equal(batch.results_url, `/v1/messages/batches/${batch.id}/results`)
        const results = await anthropic.messages.batches.results(batch.id)
        const ids: string[] = []
        for await (const result of results) ids.push(result.custom_id)
        assert.deepEqual(ids, ['a'])
        await anthropic.messages.batches.cancel(batch.id)
        await anthropic.messages.batches.delete(batch.id)
      }
      await assert.rejects(anthropic.messages.batches.retrieve('msgbatch_none'), Anthropic.NotFoundError)
    })
  })
}
