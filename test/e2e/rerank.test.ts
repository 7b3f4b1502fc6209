import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, describe, test } from 'node:test'
import { createCohere } from '@ai-sdk/cohere'
import { rerank } from 'ai'
import { CohereClientV2 } from 'cohere-ai'
import { CohereClientV2 as CohereClientV2Of2025 } from 'cohere-ai-2025'
import type { JsonObject } from '#contract'
import {
  type GatewayHarness,
  gatewayModes,
  type SimulatedProviders,
  sharedRedisUrl,
  simulatedAwsCredentials,
  simulatedKeys,
  startGateway,
  startSimulatedProviders,
  until,
} from '#testing'

/** Rerank with Cohere's clients of two generations and with plain requests, over all brokers, towards all that rank. */

const generations = [
  ['cohere-ai 8.1.0', CohereClientV2],
  ['cohere-ai 7.17.1', CohereClientV2Of2025 as unknown as typeof CohereClientV2],
] as const

const question = { query: 'capital of america', documents: ['the sea', 'capital of america', 'a capital'] }
const best = [1, 2]

type Asked = { readonly path: string; readonly body: JsonObject }

/**
 * Two servers that are compatible with OpenAI: vLLM (`RerankResponse` of its entrypoints/pooling/scoring/protocol.py, the
 * same under all paths), and one that has nothing but Jina's API.
 */
function startServers(asked: Asked[]): Server {
  return createServer(async (request, response) => {
    const chunks = await Array.fromAsync(request as AsyncIterable<Buffer>)
    const path = request.url ?? ''
    const body = JSON.parse(Buffer.concat(chunks).toString('utf8'))
    asked.push({ path, body })
    const serves = ['/v1/rerank', '/v2/rerank'].includes(path)
    const order = best.map((index, at) => ({
      index,
      document: { text: String(body.documents[index]), multi_modal: null },
      relevance_score: 1 - at / 3,
    }))
    const answer = {
      id: 'rerank-7',
      model: body.model,
      usage: { prompt_tokens: 21, total_tokens: 21 },
      results: order.slice(0, body.top_n || undefined),
    }
    const error = { error: { message: `no ${path}`, type: 'NotFoundError', code: 404 } }
    response.writeHead(serves ? 200 : 404, { 'content-type': 'application/json' })
    response.end(JSON.stringify(serves ? answer : error))
  })
}

function providersAt(simulated: string, compatible: string): JsonObject {
  const bedrock = {
    region: 'us-east-1',
    access_key: simulatedAwsCredentials.accessKeyId,
    secret_key: simulatedAwsCredentials.secretAccessKey,
  }
  const network_config = { base_url: simulated, max_retries: 0 }
  const other = { keys: [{ value: 'k' }], network_config: { base_url: compatible } }
  const custom = { base_provider_type: 'openai', allowed_requests: { rerank: true } }
  return {
    cohere: { keys: [{ value: simulatedKeys.cohere }], network_config },
    bedrock: { keys: [{ bedrock_key_config: bedrock }], network_config },
    vllm: other,
    jina: { ...other, custom_provider_config: custom },
  }
}

const models = {
  cohere: 'cohere/rerank-v3.5',
  bedrock: 'bedrock/cohere.rerank-v3-5:0',
  vllm: 'vllm/bge-reranker',
  jina: 'jina/some-reranker',
} as const

for (const mode of gatewayModes) {
  describe(`rerank through ${mode}`, () => {
    const asked: Asked[] = []
    let simulated: SimulatedProviders
    let servers: Server
    let gateway: GatewayHarness

    before(async () => {
      simulated = await startSimulatedProviders()
      servers = startServers(asked)
      servers.listen(0, '127.0.0.1')
      await once(servers, 'listening')
      const compatible = `http://127.0.0.1:${(servers.address() as AddressInfo).port}`
      const redis = mode === 'standalone-memory' ? {} : { redisUrl: await sharedRedisUrl() }
      const config = { providers: providersAt(simulated.url, compatible) }
      gateway = await startGateway({ mode, config, ...redis })
    })
    after(async () => {
      await gateway.close()
      await simulated.close()
      servers.close()
    })

    const post = async (path: string, body: object) => {
      const response = await fetch(`${gateway.url}${path}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      })
      const { status, headers } = response
      return {
        status,
        warnings: headers.get('x-bifrost-warnings'),
        body: (await response.json()) as JsonObject,
      }
    }
    const ranked = (results: readonly { readonly index: number }[]) => results.map(({ index }) => index)

    for (const [generation, Client] of generations) {
      for (const [provider, model] of Object.entries(models)) {
        test(`${generation} → ${provider}`, async () => {
          const cohere = new Client({ environment: `${gateway.url}/cohere`, token: 'x' })
          const once = { maxRetries: 0 }
          const answer = await cohere.rerank({ model, ...question, topN: 2, maxTokensPerDoc: 100 }, once)
          assert.deepEqual(ranked(answer.results), best)
          assert.equal(answer.results[0]?.relevanceScore, 1)
          const one = await cohere.rerank({ model, ...question, topN: 1 }, once)
          assert.deepEqual(ranked(one.results), [1])
          if (provider === 'cohere') assert.equal(answer.meta?.billedUnits?.searchUnits, 1)
          if (provider === 'jina') assert.equal(answer.meta?.tokens?.inputTokens, 21)
        })
      }
    }

    for (const [provider, model] of Object.entries(models)) {
      for (const path of ['/v1/rerank', '/openai/v1/rerank', '/litellm/v1/rerank']) {
        test(`${path} → ${provider}`, async () => {
          const { status, warnings, body } = await post(path, {
            model,
            ...question,
            top_n: 2,
            return_documents: true,
          })
          assert.equal(status, 200)
          assert.equal(warnings, null)
          const results = body['results'] as { index: number; relevance_score: number; document: object }[]
          assert.deepEqual(ranked(results), best)
          for (const { index, document } of results) {
            assert.equal((document as { text: string }).text, question.documents[index])
          }
        })
      }
    }

    test('the ai package ranks records and texts', async () => {
      const cohere = createCohere({ baseURL: `${gateway.url}/cohere/v2`, apiKey: 'x' })
      for (const model of Object.values(models)) {
        const { ranking } = await rerank({
          model: cohere.reranking(model),
          ...question,
          topN: 2,
          maxRetries: 0,
        })
        assert.deepEqual(
          ranking.map(({ originalIndex }) => originalIndex),
          best,
        )
      }
    })

    test('where both speak one wire the caller’s bytes go up and the provider’s come down', async () => {
      const extra = { instruction: 'rank', return_documents: false }
      const { body } = await post('/v1/rerank', { model: models.vllm, ...question, ...extra })
      assert.deepEqual(asked.at(-1), {
        path: '/v1/rerank',
        body: { model: 'bge-reranker', ...question, ...extra },
      })
      assert.equal(body['id'], 'rerank-7')
      await post('/cohere/v2/rerank', { model: models.vllm, ...question })
      assert.equal(asked.at(-1)?.path, '/v2/rerank')
    })

    test('a provider’s units and tokens are in the access log', async () => {
      await post('/v1/rerank', { model: models.cohere, ...question })
      await post('/v1/rerank', { model: models.vllm, ...question })
      const lines = () => gateway.apis.flatMap(({ stdout }) => stdout)
      await until(() => lines().some((line) => line.includes('"rerank"') && line.includes('"searchUnits":1')))
      await until(() => lines().some((line) => line.includes('"rerank"') && line.includes('"total":21')))
    })

    test('a name without a provider is Cohere’s', async () => {
      const { status, body } = await post('/v1/rerank', { model: 'rerank-v4.0-pro', ...question })
      assert.equal(status, 200)
      assert.equal(body['model'], 'rerank-v4.0-pro')
    })

    test('records cross as texts, and what cannot cross is told', async () => {
      const documents = [{ title: 'sea' }, { title: 'capital of america', id: 7 }]
      const record = { model: models.bedrock, query: question.query, documents, return_documents: true }
      const { body, warnings } = await post('/v1/rerank', { ...record, max_chunks_per_doc: 2 })
      assert.equal(warnings, 'changed:documents[0],changed:documents[1],unsupported:max_chunks_per_doc')
      const [first] = body['results'] as { index: number; document: object }[]
      assert.deepEqual([first?.index, first?.document], [1, documents[1]])
      const vllm = await post('/v1/rerank', { ...record, model: models.vllm, documents: [...documents, 'x'] })
      assert.equal(vllm.warnings, 'changed:documents[0],changed:documents[1]')
      assert.deepEqual(asked.at(-1)?.body['documents'], [
        'title: sea',
        'title: capital of america\nid: 7',
        'x',
      ])
      const [one] = vllm.body['results'] as { index: number; document: object }[]
      assert.deepEqual([one?.index, one?.document], [1, documents[1]])
      const lost = await post('/cohere/v2/rerank', { model: models.bedrock, ...question, priority: 3 })
      assert.deepEqual([lost.status, lost.warnings], [200, 'unsupported:priority'])
    })

    test('bad input is a 400 in the caller’s shape, and names the member', async () => {
      const bad = { model: models.cohere, query: 'q', documents: ['a', 7] }
      const openai = await post('/v1/rerank', bad)
      assert.equal(openai.status, 400)
      assert.equal((openai.body['error'] as JsonObject)['param'], 'documents[1]')
      const cohere = await post('/cohere/v2/rerank', { ...bad, model: models.jina })
      assert.equal(cohere.status, 400)
      assert.match(String(cohere.body['message']), /documents\[1\]/)
    })

    test('a provider’s error reaches every caller in its own shape', async () => {
      const cohere = new CohereClientV2({ environment: `${gateway.url}/cohere`, token: 'x' })
      for (const model of [
        'cohere/rerank-v3.5-simulated-429',
        'bedrock/cohere.rerank-v3-5:0-simulated-429',
      ]) {
        await assert.rejects(cohere.rerank({ model, ...question }, { maxRetries: 0 }), { statusCode: 429 })
        const { status, body } = await post('/v1/rerank', { model, ...question })
        assert.equal(status, 429)
        assert.match(String((body['error'] as JsonObject)['message']), /./)
      }
    })

    test('a provider without rerankers is a 501 that says so', async () => {
      const { status, body } = await post('/v1/rerank', {
        model: 'bedrock/amazon.nova-pro-v1:0',
        ...question,
      })
      assert.equal(status, 501)
      assert.match(String((body['error'] as JsonObject)['message']), /rerank/)
    })
  })
}
