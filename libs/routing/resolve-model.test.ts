import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { GatewayError } from '#contract'
import { buildRoutingTable, type Random, resolveModel } from './index.ts'

const key = (models: readonly string[], name = 'key-1', weight = 1) => ({ name, models, weight })

const table = buildRoutingTable({
  providers: [
    { id: 'openai', keys: [key(['gpt-4o-mini', 'shared'])] },
    { id: 'anthropic', keys: [key(['claude-a', 'shared', 'odd/name'], 'a'), key(['claude-b'], 'b')] },
    { id: 'groq', keys: [key(['*', 'llama', 'shared'])] },
    { id: 'openrouter', keys: [key([])] },
    { id: 'my.own', keys: [] },
  ],
  aliases: {
    fast: [{ model: 'groq/llama', weight: 1 }],
    'gpt-4o-mini': [{ model: 'openrouter/openai/gpt-4o-mini', weight: 1 }],
    'groq/llama': [{ model: 'openai/shared', weight: 1 }],
    spread: [
      { model: 'openai/shared', weight: 3 },
      { model: 'groq/llama', weight: 1 },
    ],
    broken: [{ model: 'anthropic/nothing', weight: 1 }],
  },
  registered: ['openai', 'anthropic', 'groq', 'openrouter', 'vertex', 'gemini'],
})

const resolve = (model: string, surfaceProvider = 'openai', random: Random = () => 0) => {
  const targets = resolveModel({ model, surfaceProvider, table, random })
  return targets.map((target) => `${target.provider} ${target.model}`).join(', ')
}

describe('a model resolves to', () => {
  const found: readonly (readonly [string, string, string, string])[] = [
    ['an exact alias', 'fast', 'openai', 'groq llama'],
    ['an alias before a name that a key lists', 'gpt-4o-mini', 'openai', 'openrouter openai/gpt-4o-mini'],
    ['an alias before a prefix', 'groq/llama', 'openai', 'openai shared'],
    ['the prefix of a configured provider', 'anthropic/claude-b', 'openai', 'anthropic claude-b'],
    ['a custom provider, which needs no key', 'my.own/anything', 'openai', 'my.own anything'],
    [
      'a prefix whose model holds slashes',
      'openrouter/meta/llama:free',
      'openai',
      'openrouter meta/llama:free',
    ],
    ['a prefix before a name that a key lists', 'groq/shared', 'anthropic', 'groq shared'],
    ['the provider that lists it by name', 'claude-a', 'openai', 'anthropic claude-a'],
    ['a listed name that holds a slash', 'odd/name', 'openai', 'anthropic odd/name'],
    ['the surface’s provider among those that list it', 'shared', 'anthropic', 'anthropic shared'],
    ['the first in file order otherwise', 'shared', 'openrouter', 'openai shared'],
    ['a name that stands beside "*"', 'llama', 'openai', 'groq llama'],
    ['the surface’s provider when nobody lists it', 'brand-new', 'groq', 'groq brand-new'],
    ['the surface’s provider for an unknown prefix', 'meta/llama', 'openrouter', 'openrouter meta/llama'],
  ]
  for (const [what, model, surface, expected] of found) {
    test(`${what}: ${model}`, () => assert.equal(resolve(model, surface), expected))
  }

  test('targets of an alias by weight', () => {
    assert.equal(
      resolve('spread', 'openai', () => 0.74),
      'openai shared',
    )
    assert.equal(
      resolve('spread', 'openai', () => 0.76),
      'groq llama',
    )
  })
})

describe('a model is not found', () => {
  const missing: readonly (readonly [string, string, string, RegExp])[] = [
    [
      'when its provider is known but not configured',
      'vertex/gemini-pro',
      'openai',
      /"vertex", which is not configured.*providers\.vertex/,
    ],
    [
      'when no key of its provider admits it',
      'openai/gpt-9',
      'openai',
      /no key of the provider "openai" admits it/,
    ],
    [
      'when no key of the surface’s provider admits it',
      'gpt-9',
      'openai',
      /no key of the provider "openai" admits it/,
    ],
    [
      'when the surface’s provider is not configured',
      'gemini-pro',
      'gemini',
      /"gemini", which is not configured.*providers\.gemini/,
    ],
    ['when nothing stands after the prefix', 'openrouter/', 'openai', /no key of the provider "openrouter"/],
    ['when it is empty', '', 'openai', /no key/],
    ['when it begins with a slash', '/gpt', 'openai', /no key/],
    ['when it is the name of a built-in property', 'constructor', 'openai', /no key/],
    ['when "*" is asked for by name', '*', 'openai', /no key of the provider "openai"/],
    [
      'when an alias leads to a model that is not admitted',
      'broken',
      'openai',
      /no key of the provider "anthropic"/,
    ],
  ]
  for (const [what, model, surface, message] of missing) {
    test(what, () => {
      assert.throws(
        () => resolve(model, surface),
        (error) => {
          assert.ok(GatewayError.is(error))
          assert.deepEqual(
            [error.kind, error.code, error.status, error.param],
            ['not-found', 'model_not_found', 404, 'model'],
          )
          assert.match(error.message, message)
          return true
        },
      )
    })
  }

  test('and its name is bounded in the answer', () => {
    assert.throws(
      () => resolve('x'.repeat(10_000)),
      (error) => GatewayError.is(error) && error.message.length < 600,
    )
  })
})
