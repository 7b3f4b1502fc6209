import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import Anthropic from '@anthropic-ai/sdk'
import { GoogleGenAI } from '@google/genai'
import Anthropic2025 from 'anthropic-sdk-2025'
import { GoogleGenAI as GoogleGenAI2025 } from 'genai-2025'
import OpenAI from 'openai'
import OpenAI2025 from 'openai-2025'
import { knownModels } from '#providers/catalogue'
import { configOf, startApi, type TestApi } from '../testing/start-api.suite.ts'
import { filterModels, listModels } from './list-models.ts'

const file = {
  providers: {
    openai: { keys: [{ value: 'sk-a', models: ['gpt-4o', 'ft:gpt-4o:org'] }] },
    anthropic: { keys: [{ value: 'sk-b', models: ['*'] }] },
    openrouter: { keys: [{ value: 'sk-c', models: ['meta/llama-4', 'meta/llama-4'] }] },
    gemini: { keys: [{ value: 'sk-d' }] },
  },
  model_aliases: { fast: 'openrouter/meta/llama-4' },
}
const anthropicNames = knownModels.find(({ provider }) => provider === 'anthropic')?.models ?? []
const all = [
  'fast',
  'openai/gpt-4o',
  'openai/ft:gpt-4o:org',
  ...anthropicNames.map((name) => `anthropic/${name}`),
  'openrouter/meta/llama-4',
]

let api: TestApi
before(async () => {
  api = await startApi({ file })
})
after(() => api.close())

test('the list: aliases, what the keys name, and the bundled names of who admits all', () => {
  const models = listModels(configOf(file), knownModels)
  assert.ok(anthropicNames.length > 5)
  assert.deepEqual(
    models.map(({ id }) => id),
    all,
  )
  const only = (providers: string[], search = '') =>
    filterModels(models, { providers, search }).map(({ id }) => id)
  assert.deepEqual(only(['openai']), ['openai/gpt-4o', 'openai/ft:gpt-4o:org'])
  assert.deepEqual(only([], 'LLAMA'), ['openrouter/meta/llama-4'])
  assert.deepEqual(only(['openrouter']), ['fast', 'openrouter/meta/llama-4'])
  assert.deepEqual(only(['none']), [])
})

test('keys that name their models hide the bundled rest', () => {
  const models = listModels(
    configOf({ providers: { openai: { keys: [{ value: 'x', models: ['gpt-4o'] }] } } }),
    knownModels,
  )
  assert.deepEqual(models, [{ id: 'openai/gpt-4o', provider: 'openai', name: 'gpt-4o' }])
})

for (const [generation, Client] of [
  ['newest', OpenAI],
  ['2025', OpenAI2025],
] as const) {
  test(`OpenAI's SDK (${generation}) lists and retrieves at all of its base URLs`, async () => {
    for (const base of ['/openai/v1', '/openai', '/v1']) {
      const client = new Client({ baseURL: `${api.url}${base}`, apiKey: 'x', maxRetries: 0 })
      const page = await client.models.list()
      assert.deepEqual(
        page.data.map(({ id }) => id),
        all,
      )
      const model = { id: 'openrouter/meta/llama-4', object: 'model', created: 0, owned_by: 'openrouter' }
      assert.deepEqual(await client.models.retrieve('openrouter/meta/llama-4'), model)
      assert.equal((await client.models.retrieve('fast')).owned_by, 'openrouter')
      assert.equal((await client.models.retrieve('gpt-4o')).id, 'gpt-4o')
      await assert.rejects(client.models.retrieve('gpt-unknown'), Client.NotFoundError)
    }
  })
}

for (const [generation, Client] of [
  ['newest', Anthropic],
  ['2025', Anthropic2025],
] as const) {
  test(`Anthropic's SDK (${generation}) pages through the list`, async () => {
    const client = new Client({ baseURL: `${api.url}/anthropic`, apiKey: 'x', maxRetries: 0 })
    const ids: string[] = []
    for await (const model of client.models.list({ limit: 7 })) ids.push(model.id)
    assert.deepEqual(ids, all)
    const last = all.at(-1) ?? ''
    const back = await client.models.list({ limit: 2, before_id: last })
    assert.deepEqual(
      back.data.map(({ id }) => id),
      all.slice(-3, -1),
    )
    assert.equal(back.has_more, true)
    const model = await client.models.retrieve('anthropic/claude-opus-5')
    assert.deepEqual(
      [model.type, model.display_name, model.created_at],
      ['model', 'claude-opus-5', '1970-01-01T00:00:00Z'],
    )
    await assert.rejects(client.models.retrieve('openai/none'), Client.NotFoundError)
    await assert.rejects(client.models.list({ after_id: 'none' }), Client.BadRequestError)
  })
}

for (const [generation, Client] of [
  ['newest', GoogleGenAI],
  ['2025', GoogleGenAI2025],
] as const) {
  test(`Google's SDK (${generation}) pages through the list, in both API versions`, async () => {
    for (const apiVersion of ['v1', 'v1beta']) {
      const client = new Client({
        apiKey: 'x',
        apiVersion,
        httpOptions: { baseUrl: `${api.url}/genai` },
      })
      const names: (string | undefined)[] = []
      for await (const model of await client.models.list({ config: { pageSize: 9 } })) names.push(model.name)
      assert.deepEqual(
        names,
        all.map((id) => `models/${id}`),
      )
      const model = await client.models.get({ model: 'models/openrouter/meta/llama-4' })
      assert.equal(model.name, 'models/openrouter/meta/llama-4')
      assert.deepEqual(model.supportedActions, ['generateContent', 'countTokens'])
    }
  })
}

test('filters are members of the query; at the root an Anthropic client gets its own shape', async () => {
  type Page = { data: { id: string }[]; first_id?: string; has_more?: boolean; object?: string }
  const get = async (path: string, headers = {}) =>
    (await (await fetch(`${api.url}${path}`, { headers })).json()) as Page
  const ids = ({ data }: Page) => data.map(({ id }) => id)
  assert.deepEqual(ids(await get('/v1/models?provider=openai,openrouter&search=gpt')), all.slice(1, 3))
  assert.deepEqual(ids(await get('/anthropic/v1/models?provider=openai&provider=none')), all.slice(1, 3))
  const page = await get('/v1/models?limit=1', { 'anthropic-version': '2023-06-01' })
  assert.deepEqual([page.first_id, page.has_more], ['fast', true])
  assert.equal((await get('/v1/models?limit=1')).object, 'list')
})

test('answered here: no job, an access line, our headers, a connection that is kept', async () => {
  const response = await fetch(`${api.url}/openai/v1/models`)
  await response.arrayBuffer()
  assert.equal(response.headers.get('connection'), 'keep-alive')
  const line = await api.accessOf(response.headers.get('x-request-id'))
  assert.deepEqual([line['surface'], line['operation'], line['status']], ['openai', 'models', 200])
  assert.equal(api.broker.jobs.length, 0)
  const wrongMethod = await fetch(`${api.url}/openai/v1/models/gpt-4o`, { method: 'DELETE' })
  assert.deepEqual([wrongMethod.status, wrongMethod.headers.get('allow')], [405, 'GET'])
})
