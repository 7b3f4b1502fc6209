import assert from 'node:assert/strict'
import { test } from 'node:test'
import { matchesPattern } from './pattern.ts'

test('a star is any run of characters, also none', () => {
  const cases: readonly [string, string, boolean][] = [
    ['gpt-4o', 'gpt-4o', true],
    ['gpt-4o', 'gpt-4o-mini', false],
    ['*', '', true],
    ['*', 'anything', true],
    ['gpt-*', 'gpt-', true],
    ['gpt-*', 'gpt-4o', true],
    ['gpt-*', 'xgpt-4o', false],
    ['*-mini', 'gpt-4o-mini', true],
    ['*-mini', 'gpt-4o-mini-2', false],
    ['gpt-*-mini', 'gpt-mini', false],
    ['gpt-*-mini', 'gpt-4o-mini', true],
    ['a*b*c', 'a-b-b-c', true],
    ['a*b*c', 'acb', false],
    ['ab*ba', 'aba', false],
    ['gpt.4', 'gpt-4', false],
  ]
  for (const [pattern, name, expected] of cases)
    assert.equal(matchesPattern(pattern, name), expected, `${pattern} ${name}`)
})

test('many stars against a long name stay quick', () => {
  assert.equal(matchesPattern('*a'.repeat(50), 'a'.repeat(100_000)), true)
  assert.equal(matchesPattern(`${'*a'.repeat(50)}*b`, 'a'.repeat(100_000)), false)
})
