import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import {
  type CallerContext,
  type CallerWire,
  GatewayError,
  type JsonObject,
  type ProviderWire,
  type RerankRequest,
  type RerankResponse,
} from '#contract'
import { vendorSchemaOf } from '#testing'
import { arbitraryObject } from '../conformance/arbitrary-json.suite.ts'
import { arbitraryOf } from '../conformance/arbitrary-vendor.suite.ts'
import { propertyRuns } from '../property-runs.suite.ts'
import { cohereRerank } from './cohere-rerank/index.ts'
import { jinaRerank } from './jina-rerank/index.ts'

type Wire = CallerWire<RerankRequest, RerankResponse> & ProviderWire<RerankRequest, RerankResponse>

const wires: readonly Wire[] = [cohereRerank, jinaRerank]
const target = { model: 'target', quirks: {} }
const documents = ['Carson City', 'Washington', 'Saipan']
const cohereMeta = { api_version: { version: '2' }, billed_units: { search_units: 1 } }

function callerOf(request: RerankRequest): CallerContext<RerankRequest> {
  return { request, requestId: 'r1', model: 'target', streamUsage: false, nowSeconds: 0 }
}

/** One question, and the answer of a provider that speaks `from`, as a caller of `to` reads it. */
function answered(options: {
  readonly asked: JsonObject
  readonly answer: JsonObject
  readonly from: Wire
  readonly to: Wire
}) {
  const { request } = options.to.decodeRequest(options.asked)
  const response = options.from.decodeResponse(options.answer, { request, model: 'target' })
  return { response, ...options.to.encodeResponse(response, callerOf(request)) }
}

test('the same question goes to every provider, and the least request to none as more than it is', () => {
  for (const caller of wires) {
    for (const provider of wires) {
      const least = caller.decodeRequest({ model: 'm', query: 'capital?', documents })
      assert.deepEqual(provider.encodeRequest(least.request, target), {
        body: { model: 'target', query: 'capital?', documents },
        warnings: [],
      })
      const whole = { model: 'm', query: 'capital?', documents, top_n: 2, max_tokens_per_doc: 512 }
      assert.deepEqual(provider.encodeRequest(caller.decodeRequest(whole).request, target), {
        body: { ...whole, model: 'target' },
        warnings: [],
      })
    }
  }
})

test('Cohere’s answer for a caller of /v1/rerank: search units in meta, documents where they were asked for', () => {
  const answer = {
    id: 'c1',
    results: [
      { index: 1, relevance_score: 0.99 },
      { index: 0, relevance_score: 0.25 },
    ],
    meta: cohereMeta,
  }
  const plain = { model: 'm', query: 'q', documents }
  const bare = answered({ asked: plain, answer, from: cohereRerank, to: jinaRerank })
  assert.deepEqual(bare.response.usage, { input: {}, output: {}, searchUnits: 1, raw: cohereMeta })
  assert.deepEqual(bare.body, {
    id: 'c1',
    object: 'list',
    model: 'target',
    results: answer.results,
    meta: { billed_units: { search_units: 1 } },
  })
  assert.deepEqual(bare.warnings, [])
  const told = answered({
    asked: { ...plain, return_documents: true },
    answer,
    from: cohereRerank,
    to: jinaRerank,
  })
  assert.deepEqual(told.body['results'], [
    { index: 1, relevance_score: 0.99, document: { text: 'Washington' } },
    { index: 0, relevance_score: 0.25, document: { text: 'Carson City' } },
  ])
})

test('vLLM’s answer for a caller of Cohere: its tokens in meta, its documents only where they were asked for', () => {
  const answer = {
    id: 'rerank-1',
    model: 'bge',
    usage: { prompt_tokens: 14, total_tokens: 14 },
    results: [{ index: 1, document: { text: 'Washington', multi_modal: null }, relevance_score: 0.9 }],
  }
  const asked = { model: 'm', query: 'q', documents }
  const { body, response } = answered({ asked, answer, from: jinaRerank, to: cohereRerank })
  assert.equal(response.model, 'bge')
  assert.deepEqual(body, {
    id: 'rerank-1',
    results: [{ index: 1, relevance_score: 0.9 }],
    meta: { api_version: { version: '2' }, tokens: { input_tokens: 14 } },
  })
  assert.deepEqual(vendorSchemaOf('cohere-rerank').response(body), [])
  assert.deepEqual(cohereRerank.tapResponse(answer).usage?.input, { total: 14 })
  const wanting = { ...asked, return_documents: true }
  const told = answered({ asked: wanting, answer, from: jinaRerank, to: cohereRerank })
  assert.deepEqual(told.body['results'], [
    { index: 1, relevance_score: 0.9, document: { text: 'Washington' } },
  ])
})

test('documents that the provider sends unasked are passed on, and left out where the caller wants none', () => {
  const answer = { results: [{ index: 0, document: { text: 'cut' }, relevance_score: 0.5 }] }
  const asked = { model: 'm', query: 'q', documents }
  const ends = { answer, from: jinaRerank, to: jinaRerank }
  const [kept] = answered({ asked, ...ends }).body['results'] as [object]
  assert.deepEqual(kept, { index: 0, relevance_score: 0.5, document: { text: 'Carson City' } })
  const [left] = answered({ asked: { ...asked, return_documents: false }, ...ends }).body['results'] as [
    object,
  ]
  assert.deepEqual(left, { index: 0, relevance_score: 0.5 })
})

test('records are YAML for who reads texts alone, and are said to be', () => {
  const records = [
    { title: 'How to: fix', text: 'a\nb', tags: ['x', 1] },
    { text: 'only text' },
    { text: 'Second', title: 'Two', id: 7 },
  ]
  const asked = { model: 'm', query: 'q', documents: records }
  const all = cohereRerank.encodeRequest(jinaRerank.decodeRequest(asked).request, target)
  assert.deepEqual(all.body['documents'], [
    'title: "How to: fix"\ntext: "a\\nb"\ntags: ["x",1]',
    'only text',
    'text: Second\ntitle: Two\nid: 7',
  ])
  assert.deepEqual(all.warnings, [
    { code: 'changed', path: 'documents[0]' },
    { code: 'changed', path: 'documents[2]' },
  ])
  assert.deepEqual(vendorSchemaOf('cohere-rerank').request(all.body), [])
  const some = jinaRerank.decodeRequest({ ...asked, rank_fields: ['title', 'text'] }).request
  assert.deepEqual(cohereRerank.encodeRequest(some, target).body['documents'], [
    'title: "How to: fix"\ntext: "a\\nb"',
    'only text',
    'title: Two\ntext: Second',
  ])
  const own = jinaRerank.encodeRequest(some, target)
  assert.deepEqual(own, {
    body: { ...asked, model: 'target', rank_fields: ['title', 'text'] },
    warnings: [],
  })
  const answer = { results: [{ index: 2, relevance_score: 1 }] }
  const wanting = { ...asked, return_documents: true }
  const told = answered({ asked: wanting, answer, from: cohereRerank, to: jinaRerank })
  assert.deepEqual(told.body['results'], [{ index: 2, relevance_score: 1, document: records[2] }])
})

test('what the other API has no word for is named', () => {
  const jina = { model: 'm', query: 'q', documents, rank_fields: ['text'], max_chunks_per_doc: 3 }
  const { request } = jinaRerank.decodeRequest(jina)
  assert.deepEqual(cohereRerank.encodeRequest(request, target).warnings, [
    { code: 'unsupported', path: 'rank_fields' },
    { code: 'unsupported', path: 'max_chunks_per_doc' },
  ])
  assert.equal(jinaRerank.encodeRequest(request, target).body['max_chunks_per_doc'], 3)
  const cohere = cohereRerank.decodeRequest({ model: 'm', query: 'q', documents, priority: 2 }).request
  assert.deepEqual(jinaRerank.encodeRequest(cohere, target).warnings, [
    { code: 'unsupported', path: 'priority' },
  ])
  assert.equal(cohereRerank.encodeRequest(cohere, target).body['priority'], 2)
  const warned = { results: [], meta: { ...cohereMeta, warnings: ['old model'] } }
  const asked = { model: 'm', query: 'q', documents }
  const away = answered({ asked, answer: warned, from: cohereRerank, to: jinaRerank })
  assert.deepEqual(away.warnings, [{ code: 'unsupported', path: 'meta' }])
  const home = answered({ asked, answer: warned, from: cohereRerank, to: cohereRerank })
  assert.deepEqual(home.body, { id: 'r1', ...warned })
})

test('records are texts for vLLM, which has no word for them, and only for it', () => {
  const parts = { content: [{ type: 'text', text: 'x' }] }
  const records = ['a', { text: 'b' }, { title: 'Two', text: 'Second' }, parts]
  const plain = { model: 'm', query: 'q', documents: records, rank_fields: ['title'] }
  const asked = { ...plain, return_documents: true }
  const { request } = jinaRerank.decodeRequest(asked)
  const vllm = jinaRerank.encodeRequest(request, { model: 'target', quirks: { textDocuments: true } })
  assert.deepEqual(vllm, {
    body: { model: 'target', query: 'q', documents: ['a', 'b', 'title: Two', parts] },
    warnings: [{ code: 'changed', path: 'documents[2]' }],
  })
  const answer = { results: [{ index: 2, relevance_score: 1, document: { text: 'title: Two' } }] }
  const told = answered({ asked, answer, from: jinaRerank, to: jinaRerank })
  assert.deepEqual(told.body['results'], [{ index: 2, relevance_score: 1, document: records[2] }])
  const peek = jinaRerank.peek(asked)
  const mustDecode = (documents: JsonObject[string]) =>
    jinaRerank.mustDecode?.({ body: { ...asked, documents: documents ?? null }, peek, model: 'm' })
  assert.equal(mustDecode(records), true)
  assert.equal(mustDecode([{ text: 'b' }]), true)
  for (const documents of [['a'], [parts, 'a'], [{ image: 'x' }], 'a', [7], undefined]) {
    assert.equal(mustDecode(documents), false)
  }
})

test('pictures are refused by who ranks texts alone, and go to who takes them', () => {
  for (const picture of [{ image: 'https://x.test/a.png' }, { content: [{ type: 'image_url' }] }]) {
    const asked = { model: 'm', query: 'q', documents: ['a', picture] }
    const { request } = jinaRerank.decodeRequest(asked)
    refused(() => cohereRerank.encodeRequest(request, target), 'documents[1]')
    assert.deepEqual(jinaRerank.encodeRequest(request, target).body['documents'], [{ text: 'a' }, picture])
  }
})

test('a wrong request is a 400 naming the member', () => {
  const good = { model: 'm', query: 'q', documents: ['a'] }
  const rows: readonly (readonly [Wire, JsonObject, string])[] = wires.flatMap((wire) => [
    [wire, { query: 'q', documents: ['a'] }, 'model'],
    [wire, { ...good, query: 1 }, 'query'],
    [wire, { model: 'm', documents: ['a'] }, 'query'],
    [wire, { model: 'm', query: 'q' }, 'documents'],
    [wire, { ...good, documents: [] }, 'documents'],
    [wire, { ...good, documents: 'a' }, 'documents'],
    [wire, { ...good, documents: ['a', 7] }, 'documents[1]'],
    [wire, { ...good, top_n: 1.5 }, 'top_n'],
    [wire, { ...good, top_n: -1 }, 'top_n'],
    [wire, { ...good, max_tokens_per_doc: 0 }, 'max_tokens_per_doc'],
    [wire, { ...good, return_documents: 'yes' }, 'return_documents'],
  ])
  for (const [wire, body, param] of rows) {
    refused(() => {
      wire.peek(body)
      wire.decodeRequest(body)
    }, param)
  }
  refused(() => cohereRerank.decodeRequest({ ...good, top_n: 0 }), 'top_n')
  // vLLM's word for all.
  assert.equal(jinaRerank.decodeRequest({ ...good, top_n: 0 }).request.topN, undefined)
  refused(() => jinaRerank.decodeRequest({ ...good, rank_fields: [1] }), 'rank_fields[0]')
  const empty = { ...good, documents: [{}] }
  refused(() => cohereRerank.encodeRequest(jinaRerank.decodeRequest(empty).request, target), 'documents[0]')
  const other = { ...good, documents: [{ a: 'x', b: 'y' }], rank_fields: ['c'] }
  refused(() => cohereRerank.encodeRequest(jinaRerank.decodeRequest(other).request, target), 'documents[0]')
})

test('an answer that names no document or no score is the provider’s failure', () => {
  const { request } = jinaRerank.decodeRequest({ model: 'm', query: 'q', documents })
  const broken: readonly JsonObject[] = [
    {},
    { results: [{ index: 3, relevance_score: 1 }] },
    { results: [{ index: 0.5, relevance_score: 1 }] },
    { results: [{ relevance_score: 1 }] },
    { results: [{ index: 0 }] },
    { results: ['x'] },
  ]
  for (const wire of wires) {
    for (const body of broken) {
      assert.throws(
        () => wire.decodeResponse(body, { request, model: 'm' }),
        (error) => GatewayError.is(error) && error.code === 'upstream_malformed_answer',
        JSON.stringify(body),
      )
    }
  }
})

test('errors: Cohere’s, Amazon’s by its header, OpenAI’s', () => {
  const answer = { provider: 'p', nowMs: 0, headers: {} }
  const cohere = cohereRerank.decodeError({ ...answer, status: 429, text: '{"message":"slow down"}' })
  assert.deepEqual([cohere.status, cohere.message], [429, 'slow down'])
  const headers = { 'x-amzn-errortype': 'ValidationException:http://internal.amazon.com/' }
  const amazon = cohereRerank.decodeError({ ...answer, headers, status: 400, text: '{"message":"no"}' })
  assert.deepEqual([amazon.status, amazon.upstream?.type, amazon.message], [400, 'ValidationException', 'no'])
  const text = JSON.stringify({ error: { message: 'bad', type: 'BadRequestError', code: 400 } })
  assert.equal(jinaRerank.decodeError({ ...answer, status: 400, text }).upstream?.type, 'BadRequestError')
})

test('what a wire reads of its own it writes again', () => {
  const fields = fc.dictionary(fc.constantFrom('title', 'text', 'id'), fc.oneof(fc.string(), fc.integer()), {
    noNullPrototype: true,
  })
  const document = fc.oneof(
    fc.string(),
    fields.filter((each) => typeof each['text'] !== 'string' || Object.keys(each).length > 1),
  )
  const common = {
    model: fc.constant('target'),
    query: fc.string(),
    top_n: fc.integer({ min: 1, max: 9 }),
    max_tokens_per_doc: fc.integer({ min: 1, max: 9 }),
  }
  const options = {
    requiredKeys: ['model', 'query', 'documents'] as ['model', 'query', 'documents'],
    noNullPrototype: true,
  }
  const cohere = fc.record(
    { ...common, documents: fc.array(fc.string(), { minLength: 1 }), priority: fc.integer() },
    options,
  )
  const jina = fc.record(
    {
      ...common,
      documents: fc
        .array(document, { minLength: 1 })
        .filter((all) => all.every((each) => typeof each === typeof all[0])),
      rank_fields: fc.array(fc.string(), { minLength: 1 }),
      truncation: fc.boolean(),
    },
    options,
  )
  for (const [wire, bodies] of [
    [cohereRerank, cohere],
    [jinaRerank, jina],
  ] as const) {
    fc.assert(
      fc.property(bodies as fc.Arbitrary<JsonObject>, (body) => {
        const { request } = wire.decodeRequest(body)
        assert.deepEqual(wire.encodeRequest(request, target), { body, warnings: [] })
      }),
    )
  }
})

test('whatever JSON arrives, wires answer or throw a GatewayError, and what they write Cohere knows', () => {
  const own = arbitraryObject(['cohere-rerank'])
  const schema = vendorSchemaOf('cohere-rerank')
  let encoded = 0
  fc.assert(
    fc.property(fc.oneof(own, arbitraryOf('cohere-rerank', 'Request')), (body) => {
      for (const caller of wires) {
        const decoded = attempt(() => caller.decodeRequest(body))
        if (decoded === undefined) continue
        const { extensions: _unknown, ...request } = decoded.request
        for (const provider of wires) {
          const sent = attempt(() => provider.encodeRequest(request, target))
          if (sent === undefined || provider.id !== 'cohere-rerank') continue
          encoded += 1
          assert.deepEqual(schema.request(sent.body), [])
        }
      }
    }),
    { numRuns: propertyRuns },
  )
  assert.ok(encoded > propertyRuns / 20, `only ${encoded} got through`)
  const { request } = jinaRerank.decodeRequest({ model: 'm', query: 'q', documents })
  let answered = 0
  fc.assert(
    fc.property(fc.oneof(own, arbitraryOf('cohere-rerank', 'Response')), (body) => {
      for (const provider of wires) {
        attempt(() => provider.tapResponse(body))
        const response = attempt(() => provider.decodeResponse(body, { request, model: 'm' }))
        if (response === undefined) continue
        answered += 1
        for (const caller of wires) caller.encodeResponse(response, callerOf(request))
        const { extensions: _unknown, ...plain } = response
        const { body: told } = cohereRerank.encodeResponse(plain, callerOf(request))
        assert.deepEqual(schema.response(told), [])
      }
    }),
    { numRuns: propertyRuns },
  )
  assert.ok(answered > propertyRuns / 20, `only ${answered} got through`)
})

function attempt<T>(act: () => T): T | undefined {
  try {
    return act()
  } catch (error) {
    assert.ok(GatewayError.is(error), String(error instanceof Error ? error.stack : error))
    return undefined
  }
}

function refused(act: () => unknown, param: string): void {
  assert.throws(
    act,
    (error) => GatewayError.is(error) && error.kind === 'invalid-request' && error.param === param,
    param,
  )
}
