import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Secret } from '#contract'
import { processJob } from './process-job.ts'
import { fakeDelivery } from './testing/fake-delivery.ts'
import { body, completion, only } from './testing/openai-fixtures.ts'
import { answerJson, startUpstream } from './testing/upstream.ts'
import { keyConfig, providerConfig, workerContext } from './testing/worker-context.ts'

const asked = { model: 'gpt-4o-mini', stream: false, streamUsage: false, fallbacks: [] } as const

test('a key that has another name for the model asks for it by that name, at its own address', async (context) => {
  const upstream = await startUpstream(context, (response) => answerJson(response, completion))
  const key = keyConfig('one', { url: upstream.url, aliases: { 'gpt-4o-mini': 'served-mini' } })
  const worker = workerContext(context, [providerConfig('vllm', { keys: [key] })])
  const target = { provider: 'vllm', model: 'gpt-4o-mini' }
  const delivery = fakeDelivery({ target, body, header: { peek: asked } })
  await processJob(worker, delivery)
  assert.equal(JSON.parse(upstream.seen[0]?.body ?? '').model, 'served-mini')
  assert.equal(delivery.reply.text(), completion)
})

test('a deployment stands in the path, the key in its header', async (context) => {
  const upstream = await startUpstream(context, (response) => answerJson(response, completion))
  const key = keyConfig('one', { url: upstream.url, aliases: { 'gpt-4o-mini': 'mini-eu' } })
  const worker = workerContext(context, [providerConfig('azure', { keys: [key] })])
  const target = { provider: 'azure', model: 'gpt-4o-mini' }
  await processJob(worker, fakeDelivery({ target, body, header: { peek: asked } }))
  const [request] = upstream.seen
  assert.equal(request?.path, '/openai/deployments/mini-eu/chat/completions?api-version=2024-10-21')
  assert.equal(request?.headers['api-key'], 'sk-canary-one')
  assert.equal(request?.headers['authorization'], undefined)
})

test('what the provider refuses is left out of native bytes and named in a warning', async (context) => {
  const upstream = await startUpstream(context, (response) => answerJson(response, completion))
  const network = { baseUrl: upstream.url }
  const worker = workerContext(context, [providerConfig('mistral', { network })])
  const target = { provider: 'mistral', model: 'mistral-small-latest' }
  const strict = '{"model":"mistral-small-latest","messages":[],"user":"u","seed":7,"temperature":1.0}'
  const delivery = fakeDelivery({ target, body: strict, header: { peek: { ...asked, model: target.model } } })
  await processJob(worker, delivery)
  assert.equal(
    upstream.seen[0]?.body,
    '{"model":"mistral-small-latest","messages":[],"random_seed":7,"temperature":1.0}',
  )
  assert.deepEqual(only(delivery.reply, 'head').warnings, [{ code: 'unsupported', path: 'user' }])
})

test('a request that nobody signs for fails before anything is sent, and the log says whose key it was', async (context) => {
  const upstream = await startUpstream(context, (response) => answerJson(response, completion))
  const identity = { type: 'google', credentials: new Secret('{"type":"external_account"}') } as const
  const key = keyConfig('one', { value: new Secret(''), place: { project: 'p' }, identity })
  const worker = workerContext(context, [
    providerConfig('vertex', { keys: [key], network: { baseUrl: upstream.url } }),
  ])
  const target = { provider: 'vertex', model: 'mistral-small-2503' }
  const delivery = fakeDelivery({ target, body, header: { peek: asked } })
  await processJob(worker, delivery)
  assert.equal(only(delivery.reply, 'fail').error.code, 'credential_refused')
  assert.equal(upstream.seen.length, 0)
  assert.deepEqual(
    worker.lines.map(({ level, fields }) => [level, 'key' in fields && fields.key]),
    [['warn', 'one']],
  )
})
