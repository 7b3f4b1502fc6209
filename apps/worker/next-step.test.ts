import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ErrorKind } from '#contract'
import { type NextStep, nextStep } from './next-step.ts'

const rows: [string, readonly ErrorKind[], number, NextStep][] = [
  ['no byte was written: once more', ['upstream-unreachable'], 1000, 'again'],
  [
    'no byte was written twice: tell the caller',
    ['upstream-unreachable', 'upstream-unreachable'],
    1000,
    'answer',
  ],
  ['no byte was written, but no time is left', ['upstream-unreachable'], 0, 'answer'],
  ['the socket closed after the request was written', ['upstream-failed'], 1000, 'answer'],
  ['the provider answered with an error', ['upstream-rejected'], 1000, 'answer'],
  ['then the provider answered', ['upstream-unreachable', 'upstream-rejected'], 1000, 'answer'],
  ['the deadline passed', ['timeout'], 1000, 'answer'],
  ['the caller left', ['cancelled'], 1000, 'answer'],
  ['nothing happened', [], 1000, 'answer'],
]

for (const [name, failures, remainingMs, expected] of rows) {
  test(`${name}: ${expected}`, () => {
    assert.equal(nextStep({ failures, remainingMs }), expected)
  })
}
