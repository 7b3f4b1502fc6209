import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { test } from 'node:test'
import { type WireId, wireIds } from '#contract'
import { vendorSchemaOf } from './vendor-schemas.ts'

const files = readdirSync(new URL('./schemas/', import.meta.url)).filter((file) => file.endsWith('.json'))
const wires = files.map((file) => file.replace('.json', '') as WireId)

test('there is a schema for each chat wire and for rerank, and all of them can be read', () => {
  assert.deepEqual(
    wires.filter((wire) => !wireIds.includes(wire)),
    [],
  )
  assert.equal(wires.length, 8)
  for (const wire of wires) {
    assert.notDeepEqual(vendorSchemaOf(wire).request({ nonsense: 1 }), [], wire)
    assert.notDeepEqual(vendorSchemaOf(wire).response({ nonsense: 1 }), [], wire)
    assert.notDeepEqual(vendorSchemaOf(wire).frame({ event: 'x', data: '{"nonsense":1}' }), [], wire)
  }
})

const least: readonly (readonly [WireId, object])[] = [
  ['openai-chat', { model: 'm', messages: [{ role: 'user', content: 'hi' }] }],
  ['openai-completions', { model: 'm', prompt: 'hi' }],
  ['openai-responses', { model: 'm', input: 'hi' }],
  ['anthropic-messages', { model: 'm', max_tokens: 1, messages: [{ role: 'user', content: 'hi' }] }],
  ['gemini-generate', { contents: [{ role: 'user', parts: [{ text: 'hi' }] }] }],
  ['bedrock-converse', { messages: [{ role: 'user', content: [{ text: 'hi' }] }] }],
  ['cohere-v2', { model: 'm', messages: [{ role: 'user', content: 'hi' }] }],
  ['cohere-rerank', { model: 'm', query: 'q', documents: ['d'] }],
]
for (const [wire, body] of least) {
  test(`${wire}: the least request is one, and a member that the vendor does not know is named`, () => {
    assert.deepEqual(vendorSchemaOf(wire).request(body), [])
    const [problem] = vendorSchemaOf(wire).request({ ...body, strange: 1 })
    assert.equal(problem, 'the body has no member strange')
  })
}

test('what is wrong deep inside a union is told where it is', () => {
  const content = [
    { type: 'text', text: 'hi' },
    { type: 'image_url', image_url: { uri: 'x' } },
  ]
  const problems = vendorSchemaOf('openai-chat').request({
    model: 'm',
    messages: [{ role: 'user', content }],
  })
  assert.deepEqual(problems, [
    "/messages/0/content/1/image_url must have required property 'url'",
    '/messages/0/content/1/image_url has no member uri',
  ])
})

test('a wrong tag is told with those that are right', () => {
  const messages = [{ role: 'user', content: [{ type: 'picture' }] }]
  const [problem] = vendorSchemaOf('anthropic-messages').request({ model: 'm', max_tokens: 1, messages })
  assert.match(problem ?? '', /^\/messages\/0\/content\/0 .*tag/)
})

test("an event of Amazon's streams is looked up under its type", () => {
  const frame = { event: 'messageStart', data: '{"role":"assistant"}' }
  assert.deepEqual(vendorSchemaOf('bedrock-converse').frame(frame), [])
  assert.notDeepEqual(vendorSchemaOf('bedrock-converse').frame({ ...frame, event: 'messageEnd' }), [])
})
