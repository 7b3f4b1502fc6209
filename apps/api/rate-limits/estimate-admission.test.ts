import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { JsonObject } from '#contract'
import { estimateAdmission } from './estimate-admission.ts'

function estimate(body: JsonObject): number {
  return estimateAdmission({ bytes: Buffer.byteLength(JSON.stringify(body)), body })
}

test('the most that may be written is added, by the name of any wire', () => {
  const rows: readonly (readonly [JsonObject, number])[] = [
    [{}, 0],
    [{ max_tokens: 70 }, 70],
    [{ max_tokens: 70, max_completion_tokens: 50 }, 50],
    [{ max_output_tokens: 9 }, 9],
    [{ generationConfig: { maxOutputTokens: 8 } }, 8],
    [{ generation_config: { max_output_tokens: 8 } }, 8],
    [{ inferenceConfig: { maxTokens: 7 } }, 7],
    // What the wire will refuse, or not know.
    [{ max_tokens: '70' }, 0],
    [{ max_tokens: -70 }, 0],
    [{ max_tokens: null, max_output_tokens: 3 }, 3],
    [{ generationConfig: [70] }, 0],
  ]
  for (const [body, output] of rows) {
    const bytes = 400
    assert.equal(estimateAdmission({ bytes, body }), 100 + output, JSON.stringify(body))
  }
})

test('it is a whole number that stays countable, whatever is asked', () => {
  assert.equal(estimateAdmission({ bytes: 401, body: { max_tokens: 0.5 } }), 102)
  assert.equal(estimateAdmission({ bytes: 0, body: {} }), 1)
  assert.equal(estimateAdmission({ bytes: 9e9, body: undefined }), 1)
  assert.equal(estimateAdmission({ bytes: 100, body: { max_tokens: Number.MAX_VALUE } }), 1_000_000_000)
})

test('a file counts the same however long it is, text by its length', () => {
  const withPart = (part: JsonObject) => estimate({ messages: [{ role: 'user', content: [part] }] })
  const image = (length: number) =>
    withPart({ image_url: { url: `data:image/png;base64,${'iVBO'.repeat(length)}` } })
  assert.equal(image(1_000), image(100_000))
  const raw = (length: number) => withPart({ source: { data: '+/Ab'.repeat(length) } })
  assert.equal(raw(1_000), raw(100_000))
  assert.ok(image(1_000) > 1_000 && image(1_000) < 1_100)
  assert.ok(withPart({ text: 'four words of it '.repeat(10_000) }) > 40_000)
})

test('any JSON has an estimate, a million numbers too', () => {
  assert.equal(estimate({ input: new Array(1_000_000).fill(7) }), 500_003)
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue()), fc.nat(), (body, bytes) => {
      const tokens = estimateAdmission({ bytes, body: body as JsonObject })
      assert.ok(Number.isSafeInteger(tokens) && tokens >= 1 && tokens <= 1_000_000_000)
    }),
  )
})
