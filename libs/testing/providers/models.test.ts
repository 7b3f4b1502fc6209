import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { readScenario } from './models.ts'

describe('scenarios in model names', () => {
  const good: readonly [string, string, object][] = [
    ['gpt-4o', 'gpt-4o', {}],
    ['simulated-hang', '', { fault: { at: 'request', action: 'hang' } }],
    ['simulated-slow-300ms', '', { delayMs: 300 }],
    ['gpt-4o-simulated-slow-stream-5ms', 'gpt-4o', { chunkDelayMs: 5 }],
    ['simulated-429-retry-2', '', { error: { status: 429, retryAfterSeconds: 2 } }],
    ['simulated-byte-split', '', { sliceBytes: 1 }],
    ['simulated-byte-split-7', '', { sliceBytes: 7 }],
    ['simulated-long-stream-50', '', { chunks: 50 }],
    ['simulated-big-stream-3', '', { contentBytes: 3 * 1024 * 1024 }],
  ]
  for (const [model, base, behaviour] of good) {
    it(`reads ${model}`, () => assert.deepEqual(readScenario(model), { base, behaviour }))
  }
  for (const model of [
    'simulated-',
    'simulated-hangs',
    'simulated-299',
    'xsimulated-hang',
    'simulated-slow-ms',
  ]) {
    it(`does not know ${model}`, () => assert.equal(readScenario(model), undefined))
  }
})
