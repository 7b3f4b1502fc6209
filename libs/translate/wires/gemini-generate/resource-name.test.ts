import assert from 'node:assert/strict'
import { test } from 'node:test'
import { leastRequest } from '../../asked.suite.ts'
import { geminiCountTokens } from '../count-tokens/gemini.ts'
import { geminiEmbed } from '../gemini-embed/index.ts'

test('a body names the model with its collection, tuned models with their own', () => {
  const names = { 'gemini-x': 'models/gemini-x', 'models/x': 'models/x', 'tunedModels/x': 'tunedModels/x' }
  for (const [model, name] of Object.entries(names)) {
    const target = { model, quirks: {} }
    const counted = geminiCountTokens.encodeRequest(leastRequest, target).body
    assert.equal((counted['generateContentRequest'] as { model: string }).model, name)
    const input = { type: 'text', text: 'hi' } as const
    const asked = { model: 'm', inputs: [input], inputPaths: ['input'], encodings: ['float'] } as const
    const { requests } = geminiEmbed.encodeRequest(asked, target).body as { requests: { model: string }[] }
    assert.deepEqual(
      requests.map((each) => each.model),
      [name],
    )
  }
})
