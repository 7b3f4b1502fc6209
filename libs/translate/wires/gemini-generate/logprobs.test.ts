import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Json } from '#contract'
import { createWarnings } from '../../warnings.ts'
import { decodeLogprobs, encodeLogprobs } from './logprobs.ts'

function encode(logprobs: Json) {
  const warnings = createWarnings()
  const result = encodeLogprobs(logprobs, { path: 'candidates[0].logprobs', warnings })
  return { result, told: warnings.all().map(({ path }) => path) }
}
const token = (text: string, bytes: Json) => ({ token: text, logprob: -0.5, bytes, top_logprobs: [] })

test('log probabilities come back as they were; the bytes are those of the text', () => {
  const logprobs = {
    content: [
      {
        ...token('é', [0xc3, 0xa9]),
        top_logprobs: [{ token: 'e', logprob: -2, bytes: [0x65] }],
      },
    ],
    refusal: null,
  }
  const { result, told } = encode(logprobs)
  assert.deepEqual(told, [])
  assert.deepEqual(result, {
    chosenCandidates: [{ token: 'é', logProbability: -0.5 }],
    topCandidates: [{ candidates: [{ token: 'e', logProbability: -2 }] }],
  })
  assert.deepEqual(decodeLogprobs(result), logprobs)
})

test('what the vendor has no place for is named', () => {
  assert.deepEqual(encode({ content: [token('a', null)], refusal: null }).told, [])
  const half = token('\\xc3', [0xc3])
  for (const content of [[half], [{ ...token('a', [97]), top_logprobs: [half] }]]) {
    assert.deepEqual(encode({ content, refusal: null }).told, ['candidates[0].logprobs.content.bytes'])
  }
  assert.deepEqual(encode({ content: [], refusal: [token('No', null)] }).told, [
    'candidates[0].logprobs.refusal',
  ])
  assert.deepEqual(encode([{ text: 'a' }]), { result: undefined, told: ['candidates[0].logprobs'] })
})
