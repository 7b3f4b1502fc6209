import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import type { RerankRequest, RerankResponse } from '#contract'
import { fitBody, providerWireOf } from '#translate'
import { registered } from './catalogue.ts'

/** Every registered provider that ranks, held to an answer of its own (`fixtures/rerank.response.json`). */

const request: RerankRequest = {
  model: 'm',
  query: 'What is the capital of the United States?',
  documents: [
    { type: 'text', text: 'Carson City is the capital of Nevada.' },
    { type: 'text', text: 'Washington, D.C. is the capital of the United States.' },
  ],
  returnDocuments: true,
  maxTokensPerDocument: 512,
  extensions: { 'cohere-rerank': { priority: 1 } },
}

const subjects = [...registered.values()].flatMap((facts) =>
  (facts.operations.rerank ?? []).map((endpoint) => ({ facts, endpoint })),
)

test('these rank', () => {
  assert.deepEqual([...new Set(subjects.map(({ facts }) => facts.id))].toSorted(), [
    'bedrock',
    'cohere',
    'openrouter',
    'together',
    'vllm',
  ])
})

for (const { facts, endpoint } of subjects) {
  test(`${facts.id} (${endpoint.wire}): its answer is read, and it is asked for no more than it knows`, () => {
    const wire = providerWireOf(endpoint.wire)
    assert.ok(wire !== undefined)
    const path = join(import.meta.dirname, facts.id, 'fixtures', 'rerank.response.json')
    const answer = JSON.parse(readFileSync(path, 'utf8'))
    const { results, usage } = wire.decodeResponse(answer, { request, model: 'm' }) as RerankResponse
    assert.deepEqual(
      results.map(({ index, relevanceScore }) => [index, relevanceScore]),
      [
        [1, 0.97],
        [0, 0.21],
      ],
    )
    assert.deepEqual(wire.tapResponse(answer).usage, usage)
    // Amazon says nothing of it.
    if (facts.id !== 'bedrock') assert.ok(usage?.searchUnits === 1 || usage?.input.total === 38)

    const quirks = { ...facts.quirks, ...endpoint.quirks }
    const { body, warnings } = fitBody(wire.encodeRequest(request, { model: 'target', quirks }).body, quirks)
    const plain = { query: request.query, documents: sentTexts() }
    const cut = { max_tokens_per_doc: 512 }
    const expected: Readonly<Record<string, object>> = {
      bedrock: { ...plain, ...cut, api_version: 2 },
      cohere: { model: 'target', ...plain, ...cut, priority: 1 },
      together: { model: 'target', ...plain },
      openrouter: { model: 'target', ...plain },
      vllm: { model: 'target', ...plain, ...cut, ...(endpoint.wire === 'cohere-rerank' && { priority: 1 }) },
    }
    assert.deepEqual(body, expected[facts.id])
    const refused = (endpoint.quirks?.refuses ?? []).filter((name) => name !== 'return_documents')
    assert.deepEqual(
      warnings,
      refused.map((path) => ({ code: 'unsupported', path })),
    )
  })
}

function sentTexts(): readonly string[] {
  return request.documents.flatMap((document) => (document.type === 'text' ? [document.text] : []))
}
