import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ChatEvent } from '#contract'
import { answerScenarios } from './answers.suite.ts'
import { fold } from './fold.suite.ts'
import { unfold } from './unfold.suite.ts'

for (const { name, response } of answerScenarios) {
  test(`what a stream tells is the answer that was streamed: ${name}`, () => {
    const { serviceTier: _tier, ...told } = response
    assert.deepEqual(fold(unfold(response)), told)
  })
}

test('tool calls that come interleaved are told apart', () => {
  const piece = (block: number, text: string): ChatEvent => ({
    type: 'block-delta',
    candidate: 0,
    block,
    delta: { type: 'arguments', text },
  })
  const call = (block: number): ChatEvent => ({
    type: 'block-start',
    candidate: 0,
    block,
    start: { type: 'tool-call', id: `c${block}`, name: 'f' },
  })
  const { candidates } = fold([
    { type: 'response-start', id: 'a', model: 'm' },
    ...[call(0), piece(0, '{"a":'), call(1), piece(1, '{"b":'), piece(0, '1}'), piece(1, '2}')],
    { type: 'candidate-end', candidate: 0, stopReason: { unified: 'tool-calls', raw: null } },
    { type: 'response-end' },
  ])
  assert.deepEqual(
    candidates[0]?.parts.map((part) => 'argumentsText' in part && part.argumentsText),
    ['{"a":1}', '{"b":2}'],
  )
})
