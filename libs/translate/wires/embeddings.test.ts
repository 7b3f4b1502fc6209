import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import {
  type CallerWire,
  type EmbeddingRequest,
  type EmbeddingResponse,
  GatewayError,
  type JsonObject,
  type ProviderWire,
  type Warning,
} from '#contract'
import { runsOf } from '../property-runs.suite.ts'
import { decodeFloats, encodeFloats } from '../vectors.ts'
import { cohereEmbed } from './cohere-embed/index.ts'
import { geminiEmbed, geminiEmbedContent } from './gemini-embed/index.ts'
import { openaiEmbeddings } from './openai-embeddings/index.ts'
import { titanEmbed } from './titan-embed/index.ts'

type Caller = CallerWire<EmbeddingRequest, EmbeddingResponse>
type Provider = ProviderWire<EmbeddingRequest, EmbeddingResponse>

/** Every caller asks for vectors of the same two texts (one where the API holds one), every provider gives the same. */
const callers: readonly (readonly [Caller, JsonObject])[] = [
  [openaiEmbeddings, { model: 'm', input: ['one', 'two'], dimensions: 2 }],
  [
    cohereEmbed,
    {
      model: 'm',
      texts: ['one', 'two'],
      input_type: 'search_query',
      embedding_types: ['float'],
      output_dimension: 2,
    },
  ],
  [
    geminiEmbed,
    {
      requests: ['one', 'two'].map((text) => ({
        model: 'models/m',
        content: { parts: [{ text }] },
        task_type: 'RETRIEVAL_QUERY',
        outputDimensionality: 2,
      })),
    },
  ],
]
const single: readonly [Caller, JsonObject] = [
  geminiEmbedContent,
  { content: { parts: [{ text: 'one' }] }, taskType: 'RETRIEVAL_QUERY', output_dimensionality: 2 },
]
const vectors = [
  [0.5, -0.25],
  [1, 2],
]

/** What a provider is sent for both texts, with and without a purpose. */
const sent: readonly (readonly [Provider, (purpose: boolean) => JsonObject])[] = [
  [openaiEmbeddings, () => ({ model: 'target', input: ['one', 'two'], dimensions: 2 })],
  [
    cohereEmbed,
    (purpose) => ({
      model: 'target',
      texts: ['one', 'two'],
      input_type: purpose ? 'search_query' : 'search_document',
      embedding_types: ['float'],
      output_dimension: 2,
    }),
  ],
  [
    geminiEmbed,
    (purpose) => ({
      requests: ['one', 'two'].map((text) => ({
        model: 'models/target',
        content: { parts: [{ text }] },
        ...(purpose && { taskType: 'RETRIEVAL_QUERY' }),
        outputDimensionality: 2,
      })),
    }),
  ],
]
const answers = new Map<Provider, JsonObject>([
  [
    openaiEmbeddings,
    {
      object: 'list',
      data: vectors.map((embedding, index) => ({ object: 'embedding', index, embedding })).toReversed(),
      model: 'target',
      usage: { prompt_tokens: 4, total_tokens: 4 },
    },
  ],
  [
    cohereEmbed,
    {
      id: 'c1',
      embeddings: { float: vectors },
      texts: ['one', 'two'],
      meta: { billed_units: { input_tokens: 4 } },
      response_type: 'embeddings_by_type',
    },
  ],
  [
    geminiEmbed,
    { embeddings: vectors.map((values) => ({ values })), usageMetadata: { promptTokenCount: 4 } },
  ],
])

const target = { model: 'target', quirks: {} }
const address = { model: 'm' }

function vectorsOf(wire: Caller, body: JsonObject): unknown {
  const { embeddings, data } = body as {
    embeddings: { float: unknown; values: unknown }[]
    data: { embedding: unknown }[]
  }
  switch (wire.id) {
    case 'openai-embeddings':
      return data.map(({ embedding }) => embedding)
    case 'cohere-embed':
      return (embeddings as unknown as { float: unknown }).float
    default:
      return embeddings.map(({ values }) => values)
  }
}

for (const [caller, body] of callers) {
  for (const [provider, expected] of sent) {
    test(`${caller.id} → ${provider.id}: the request crosses, and the vectors come back`, () => {
      const hasPurpose = caller.id !== 'openai-embeddings'
      const { request } = caller.decodeRequest(body, address)
      const encoded = provider.encodeRequest(request, target)
      assert.deepEqual(encoded.body, expected(hasPurpose))
      const lost: Warning[] =
        hasPurpose && provider.id === 'openai-embeddings' ? [{ code: 'unsupported', path: 'input_type' }] : []
      assert.deepEqual(encoded.warnings, lost)

      const response = provider.decodeResponse(answers.get(provider) ?? {}, { request, model: 'target' })
      assert.equal(response.usage?.input.total, 4)
      const answer = caller.encodeResponse(response, {
        request,
        requestId: 'r1',
        model: 'target',
        streamUsage: false,
        nowSeconds: 0,
      })
      assert.deepEqual(vectorsOf(caller, answer.body), vectors)
      assert.deepEqual(answer.warnings, [])
    })
  }
}

test('one input: Google’s single form, and Titan, which takes one a call', () => {
  const [caller, body] = single
  const { request } = caller.decodeRequest(body, address)
  assert.deepEqual(titanEmbed.encodeRequest(request, { model: 'amazon.titan-embed-text-v2:0', quirks: {} }), {
    body: { inputText: 'one', dimensions: 2 },
    warnings: [{ code: 'unsupported', path: 'input_type' }],
  })
  const response = titanEmbed.decodeResponse(
    { embedding: [0.5, -0.25], inputTextTokenCount: 3 },
    { request, model: 'titan' },
  )
  assert.deepEqual(
    caller.encodeResponse(response, {
      request,
      requestId: 'r',
      model: 'm',
      streamUsage: false,
      nowSeconds: 0,
    }).body,
    {
      embedding: { values: [0.5, -0.25] },
      usageMetadata: { promptTokenCount: 3 },
    },
  )
  const two = openaiEmbeddings.decodeRequest({ model: 'm', input: ['a', 'b'] }).request
  const parts = titanEmbed.batching?.split(two) ?? []
  assert.deepEqual(
    parts.map((part) => titanEmbed.encodeRequest(part, target).body),
    [{ inputText: 'a' }, { inputText: 'b' }],
  )
  const answers = [3, 4].map((inputTextTokenCount, index) =>
    titanEmbed.decodeResponse({ embedding: [index], inputTextTokenCount }, { request, model: 'titan' }),
  )
  assert.deepEqual(titanEmbed.batching?.join(answers), {
    vectors: { float: [[0], [1]] },
    usage: { input: { total: 7 }, output: {} },
  })
  const many = openaiEmbeddings.decodeRequest({ model: 'm', input: Array(257).fill('a') }).request
  refused(() => titanEmbed.batching?.split(many), 'input[256]')
  const tokens = openaiEmbeddings.decodeRequest({ model: 'm', input: [1, 2] }).request
  refused(() => titanEmbed.encodeRequest(tokens, target), 'input')
})

test('vectors as base64 are asked for and given in the caller’s own form', () => {
  const { request } = openaiEmbeddings.decodeRequest({ model: 'm', input: 'one', encoding_format: 'base64' })
  const encoded = cohereEmbed.encodeRequest(request, target)
  assert.deepEqual(encoded.body['embedding_types'], ['base64'])
  const response = cohereEmbed.decodeResponse(
    { id: 'c', embeddings: { base64: [encodeFloats([0.5, 2])] } },
    { request, model: 'm' },
  )
  const caller = { request, requestId: 'r', model: 'm', streamUsage: false, nowSeconds: 0 }
  const { body } = openaiEmbeddings.encodeResponse(response, caller)
  assert.equal((body['data'] as { embedding: string }[])[0]?.embedding, encodeFloats([0.5, 2]))
})

test('what a provider cannot do is a 400 naming the member, or a warning', () => {
  const tokens = openaiEmbeddings.decodeRequest({ model: 'm', input: [[1, 2], [3]] }).request
  assert.deepEqual(openaiEmbeddings.encodeRequest(tokens, target).body['input'], [[1, 2], [3]])
  refused(() => cohereEmbed.encodeRequest(tokens, target), 'input[0]')
  refused(() => geminiEmbed.encodeRequest(tokens, target), 'input[0]')
  const image = cohereEmbed.decodeRequest({ model: 'm', images: ['data:image/png;base64,AAAA'] }).request
  refused(() => openaiEmbeddings.encodeRequest(image, target), 'images[0]')
  assert.deepEqual(cohereEmbed.encodeRequest(image, target).body, {
    model: 'target',
    inputs: [{ content: [{ type: 'image_url', image_url: { url: 'data:image/png;base64,AAAA' } }] }],
    input_type: 'image',
    embedding_types: ['float'],
  })
  const small = cohereEmbed.decodeRequest({ model: 'm', texts: ['a'], embedding_types: ['int8'] }).request
  refused(() => openaiEmbeddings.encodeRequest(small, target), 'embedding_types')
  const user = openaiEmbeddings.decodeRequest({ model: 'm', input: 'a', user: 'u', seedling: 1 }).request
  assert.deepEqual(cohereEmbed.encodeRequest(user, target).warnings, [
    { code: 'unsupported', path: 'user' },
    { code: 'unsupported', path: 'seedling' },
  ])
  assert.equal(openaiEmbeddings.encodeRequest(user, target).body['seedling'], 1)
})

test('a wrong request is a 400 naming the member', () => {
  const rows: [Caller, JsonObject, string][] = [
    [openaiEmbeddings, { model: 'm' }, 'input'],
    [openaiEmbeddings, { model: 'm', input: [] }, 'input'],
    [openaiEmbeddings, { model: 'm', input: ['a', {}] }, 'input[1]'],
    [openaiEmbeddings, { input: 'a' }, 'model'],
    [openaiEmbeddings, { model: 'm', input: 'a', encoding_format: 'hex' }, 'encoding_format'],
    [cohereEmbed, { model: 'm', texts: [] }, 'texts'],
    [cohereEmbed, { model: 'm', texts: ['a'], embedding_types: ['float', 'hex'] }, 'embedding_types[1]'],
    [
      cohereEmbed,
      { model: 'm', inputs: [{ content: [{ type: 'image_url' }] }] },
      'inputs[0].content[0].image_url',
    ],
    [geminiEmbed, { requests: [] }, 'requests'],
    [geminiEmbed, { requests: [{ content: { parts: [{}] } }] }, 'requests[0].content.parts[0]'],
    [geminiEmbedContent, {}, 'content'],
    [
      geminiEmbed,
      {
        requests: [
          { content: { parts: [{ text: 'a' }] } },
          { content: { parts: [{ text: 'b' }] }, title: 't' },
        ],
      },
      'requests[1]',
    ],
  ]
  for (const [wire, body, param] of rows) {
    const read = wire.id.startsWith('gemini') ? address : {}
    refused(() => {
      wire.peek(body, read)
      wire.decodeRequest(body, read)
    }, param)
  }
})

test('base64 and floats are each other’s inverse', () => {
  fc.assert(
    fc.property(fc.array(fc.float({ noNaN: true })), (values) => {
      assert.deepEqual(decodeFloats(encodeFloats(values)), values)
    }),
  )
})

test('whatever JSON arrives, decoders answer or throw a GatewayError', () => {
  const words = [
    'model',
    'input',
    'texts',
    'requests',
    'content',
    'parts',
    'data',
    'embedding',
    'embeddings',
    'float',
    'values',
  ]
  const value = fc.letrec((tie) => ({
    json: fc.oneof(
      { depthSize: 'small' },
      fc.constantFrom(null, true, 1, 'x', ''),
      fc.array(tie('json'), { maxLength: 3 }),
      fc.dictionary(fc.constantFrom(...words), tie('json'), { maxKeys: 4 }),
    ),
  })).json
  fc.assert(
    fc.property(fc.dictionary(fc.constantFrom(...words), value), (body) => {
      const json = body as JsonObject
      for (const [caller] of [...callers, single]) attempt(() => caller.decodeRequest(json, address))
      const { request } = openaiEmbeddings.decodeRequest({ model: 'm', input: 'a' })
      for (const [provider] of sent) attempt(() => provider.decodeResponse(json, { request, model: 'm' }))
      attempt(() => titanEmbed.decodeResponse(json, { request, model: 'm' }))
    }),
    { numRuns: runsOf(2_000) },
  )
})

function attempt(act: () => unknown): void {
  try {
    act()
  } catch (error) {
    if (!GatewayError.is(error)) throw error
  }
}

function refused(act: () => unknown, param: string): void {
  assert.throws(
    act,
    (error) => GatewayError.is(error) && error.kind === 'invalid-request' && error.param === param,
    param,
  )
}
