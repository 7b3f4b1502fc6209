import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ChatRequest, Part } from '#contract'
import { estimateTokens } from './estimate-tokens.ts'

const words = (text: string) => text.split(/\s+/).filter((word) => word !== '').length

function request(parts: readonly Part[], more: Partial<ChatRequest> = {}): ChatRequest {
  return {
    model: 'm',
    stream: false,
    streamUsage: false,
    messages: [{ role: 'user', parts }],
    sampling: {},
    ...more,
  }
}

test('texts, calls, results and tools are counted as text, media by fixed amounts', () => {
  const text: Part = { type: 'text', text: 'one two three' }
  const rows: [ChatRequest, number][] = [
    [request([text]), 4 + 3],
    [request([{ type: 'reasoning', text: 'a b' }]), 4 + 2],
    [request([{ type: 'tool-call', id: '1', name: 'f', argumentsText: '{ }' }]), 4 + 3],
    [request([{ type: 'tool-result', callId: '1', content: [text, text] }]), 4 + 6],
    [request([{ type: 'image', source: { kind: 'url', url: 'http://x' } }]), 4 + 1_000],
    [
      request([{ type: 'document', source: { kind: 'text', mediaType: 'text/plain', text: 'a b c d' } }]),
      4 + 4,
    ],
    [
      request([
        { type: 'document', source: { kind: 'base64', mediaType: 'application/pdf', data: 'A'.repeat(120) } },
      ]),
      4 + 10,
    ],
    [request([text], { tools: [{ type: 'function', name: 'f', description: 'does it' }] }), 4 + 3 + 4],
  ]
  for (const [asked, tokens] of rows) assert.equal(estimateTokens(asked, words), tokens)
})

test('a very long text is counted by its beginning', () => {
  let counted = 0
  const count = (text: string) => {
    counted += text.length
    return text.length / 4
  }
  assert.equal(estimateTokens(request([{ type: 'text', text: 'x'.repeat(4_000_000) }]), count), 1_000_004)
  assert.equal(counted, 400_000)
})
