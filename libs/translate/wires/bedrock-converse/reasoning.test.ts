import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Part, ReasoningPart } from '#contract'
import { leastRequest } from '../../asked.suite.ts'
import { sealReasoning } from '../../sealed-reasoning.ts'
import { decodeRequest } from './decode-request.ts'
import { encodeRequest } from './encode-request.ts'
import { encodeResponse } from './response.ts'

const claude = 'anthropic.claude-3-7-sonnet-20250219-v1:0'
const proof = sealReasoning({ id: 'rs_1', encrypted: 'gAAAAABo' })
const caller = { request: leastRequest, requestId: 'r', model: claude, streamUsage: true, nowSeconds: 0 }

/** What the caller of this wire was answered, sent back as its turn. */
function broughtBack(part: ReasoningPart): readonly Part[] {
  const stopReason = { unified: 'stop', raw: null } as const
  const candidates = [{ index: 0, parts: [part], stopReason }]
  const { body } = encodeResponse({ id: 'a', model: 'm', candidates }, caller)
  const { message } = body['output'] as { message: object }
  const turns = { messages: [{ role: 'user', content: [{ text: 'hi' }] }, { ...message }] }
  return decodeRequest(JSON.parse(JSON.stringify(turns)), { model: 'm' }).request.messages[1]?.parts ?? []
}

function sent(part: Part, model: string) {
  const messages = [
    { role: 'user', parts: [{ type: 'text', text: 'hi' }] },
    { role: 'assistant', parts: [part, { type: 'text', text: 'ho' }] },
  ] as const
  const { body, warnings } = encodeRequest({ ...leastRequest, messages }, { model, quirks: {} })
  const [, answer] = body['messages'] as { content: readonly object[] }[]
  return { blocks: answer?.content.slice(0, -1), told: warnings.map(({ path }) => path) }
}

test("OpenAI's proof of reasoning comes back from the caller as it was, as does base64", () => {
  for (const redacted of [proof, 'ZW5jcnlwdGVk']) {
    assert.deepEqual(broughtBack({ type: 'reasoning', text: '', redacted }), [
      { type: 'reasoning', text: '', redacted },
    ])
  }
})

test("OpenAI's proof of reasoning is sent to nobody on this wire", () => {
  const path = 'messages[1].content[0]'
  const hidden: Part = { type: 'reasoning', text: '', redacted: proof }
  const shown: Part = { type: 'reasoning', text: 'Hm.', signature: proof }
  assert.deepEqual(sent(hidden, claude), { blocks: [], told: [path] })
  assert.deepEqual(sent(shown, claude), { blocks: [], told: [path] })
  assert.deepEqual(sent(shown, 'us.deepseek.r1-v1:0'), {
    blocks: [{ reasoningContent: { reasoningText: { text: 'Hm.' } } }],
    told: [`${path}.signature`],
  })
})
