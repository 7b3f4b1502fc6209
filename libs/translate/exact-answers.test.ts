import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { CallerContext, ChatResponse, ChatWire, JsonObject } from '#contract'
import { leastRequest } from './asked.suite.ts'
import { anthropicMessages } from './wires/anthropic-messages/index.ts'
import { bedrockConverse } from './wires/bedrock-converse/index.ts'
import { geminiGenerate } from './wires/gemini-generate/index.ts'
import { openaiChat } from './wires/openai-chat/index.ts'

/** Tool arguments in whole answers and requests of wires that nest them as objects: every number as it was written. */

const argumentsText = '{"id":12345678901234567890,"ratio":1.0,"list":[1e3,-0,{"x":0.10}]}'
const asked = { request: leastRequest, model: 'm' }
const caller: CallerContext = { ...asked, requestId: 'r', streamUsage: true, nowSeconds: 9 }
const answer: ChatResponse = {
  id: 'a',
  model: 'm',
  candidates: [
    {
      index: 0,
      parts: [{ type: 'tool-call', id: 'call_1', name: 'look', argumentsText }],
      stopReason: { unified: 'tool-calls', raw: null },
    },
  ],
  usage: { input: { total: 5 }, output: { total: 7 } },
}
const read = (wire: ChatWire, text: string) => (wire.parse ?? JSON.parse)(text) as JsonObject
const callOf = (parts: readonly { readonly type: string }[] | undefined) =>
  parts?.find(({ type }) => type === 'tool-call')

for (const wire of [anthropicMessages, bedrockConverse, geminiGenerate]) {
  test(`${wire.id}: the arguments of a whole answer cross as they were written`, () => {
    const text = JSON.stringify(wire.encodeResponse(answer, caller).body)
    assert.ok(text.includes(argumentsText), text)
    const decoded = wire.decodeResponse(read(wire, text), asked)
    assert.equal(
      (callOf(decoded.candidates[0]?.parts) as { argumentsText?: string }).argumentsText,
      argumentsText,
    )
    const crossed = JSON.stringify(openaiChat.encodeResponse(decoded, caller).body)
    assert.ok(crossed.includes(JSON.stringify(argumentsText)), crossed)
  })

  test(`${wire.id}: the arguments of a caller's earlier turns cross as they were written`, () => {
    const messages = [
      { role: 'user', parts: [{ type: 'text', text: 'Look.' }] },
      { role: 'assistant', parts: answer.candidates[0]?.parts ?? [] },
    ] as const
    const { body } = wire.encodeRequest({ ...leastRequest, messages }, { model: 'm', quirks: {} })
    const { request } = wire.decodeRequest(read(wire, JSON.stringify(body)), { model: 'm', stream: false })
    const call = callOf(request.messages.flatMap(({ parts }) => parts))
    assert.equal((call as { argumentsText?: string }).argumentsText, argumentsText)
  })

  test(`${wire.id}: numbers outside of arguments are numbers, however they are written`, () => {
    const text = JSON.stringify(wire.encodeResponse(answer, caller).body)
    const floats = text.replace(/(okens|okenCount)":(\d+)/g, '$1":$2.0')
    assert.notEqual(floats, text)
    const { usage } = wire.decodeResponse(read(wire, floats), asked)
    assert.deepEqual([usage?.input.total, usage?.output.total], [5, 7])
  })
}
