import assert from 'node:assert/strict'
import { test } from 'node:test'
import { configuredNames } from './configured-names.ts'

test('label values are the providers and every model that is named, without its provider', () => {
  const names = configuredNames(
    {
      providers: { openai: { keys: [{ models: ['gpt-4o', '*'] }] }, openrouter: { keys: [] } },
      modelAliases: { fast: [{ model: 'openai/gpt-4o' }, { model: 'openrouter/meta/llama' }] },
      fallbacks: [{ targets: ['anthropic/claude'] }],
    },
    [{ models: ['gpt-5'] }],
  )
  assert.deepEqual(names.providers, ['openai', 'openrouter'])
  assert.deepEqual(names.models, ['gpt-4o', '*', 'meta/llama', 'claude', 'gpt-5'])
})
