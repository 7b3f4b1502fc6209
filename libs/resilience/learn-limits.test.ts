import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type LearntLimits, learnLimits } from './index.ts'

const nowMs = Date.parse('2026-11-25T12:00:00Z')

type Case = {
  readonly name: string
  readonly headers: Readonly<Record<string, string>>
  readonly learnt: LearntLimits | undefined
}

const cases: readonly Case[] = [
  {
    // The vendor's guide on rate limits, guides/rate-limits.md of 26 June 2026 (by a public record of its changes): the samples.
    name: 'OpenAI',
    headers: {
      'x-ratelimit-limit-requests': '60',
      'x-ratelimit-limit-tokens': '150000',
      'x-ratelimit-remaining-requests': '59',
      'x-ratelimit-remaining-tokens': '149984',
      'x-ratelimit-reset-requests': '1s',
      'x-ratelimit-reset-tokens': '6m0s',
    },
    learnt: { remaining: 59 / 60, resetMs: 1_000 },
  },
  {
    // As a user has posted them (https://community.openai.com/t/1268905): a third limit, resets in milliseconds; two numbers ours.
    name: 'OpenAI, usage based tokens',
    headers: {
      'x-ratelimit-limit-requests': '5000',
      'x-ratelimit-limit-tokens_usage_based': '160000',
      'x-ratelimit-remaining-requests': '4999',
      'x-ratelimit-remaining-tokens_usage_based': '8000',
      'x-ratelimit-reset-requests': '12ms',
      'x-ratelimit-reset-tokens_usage_based': '57s',
    },
    learnt: { remaining: 0.05, resetMs: 57_000 },
  },
  {
    // https://console.groq.com/docs/rate-limits: the names, and that requests are per day. The values are known from clients that
    // quote that page; the page as it is now was not read to its table.
    name: 'Groq',
    headers: {
      'retry-after': '2',
      'x-ratelimit-limit-requests': '14400',
      'x-ratelimit-limit-tokens': '18000',
      'x-ratelimit-remaining-requests': '14370',
      'x-ratelimit-remaining-tokens': '17997',
      'x-ratelimit-reset-requests': '2m59.56s',
      'x-ratelimit-reset-tokens': '7.66s',
    },
    learnt: { remaining: 0, resetMs: 179_560, exhaustedForMs: 2_000 },
  },
  {
    name: 'no requests left: one is there after its part of the reset',
    headers: {
      'x-ratelimit-limit-requests': '60',
      'x-ratelimit-remaining-requests': '0',
      'x-ratelimit-reset-requests': '1m0s',
    },
    learnt: { remaining: 0, resetMs: 60_000, exhaustedForMs: 1_000 },
  },
  {
    name: 'no tokens left: a tenth of the reset',
    headers: {
      'x-ratelimit-limit-tokens': '150000',
      'x-ratelimit-remaining-tokens': '0',
      'x-ratelimit-reset-tokens': '1m0s',
    },
    learnt: { remaining: 0, resetMs: 60_000, exhaustedForMs: 6_000 },
  },
  {
    // https://docs.aws.amazon.com/claude-platform/latest/userguide/rate-limits.html ("Rate limit headers", of the same API) and an
    // answer of August 2025 in the tests of the R package tidyllm: the names and the RFC 3339 resets; most numbers ours.
    name: 'Anthropic',
    headers: {
      'anthropic-ratelimit-requests-limit': '1000',
      'anthropic-ratelimit-requests-remaining': '999',
      'anthropic-ratelimit-requests-reset': '2026-11-25T12:00:01Z',
      'anthropic-ratelimit-input-tokens-limit': '400000',
      'anthropic-ratelimit-input-tokens-remaining': '20000',
      'anthropic-ratelimit-input-tokens-reset': '2026-11-25T12:00:57Z',
      'anthropic-ratelimit-output-tokens-limit': '80000',
      'anthropic-ratelimit-output-tokens-remaining': '80000',
      'anthropic-ratelimit-output-tokens-reset': '2026-11-25T12:00:00Z',
      'anthropic-ratelimit-tokens-limit': '480000',
      'anthropic-ratelimit-tokens-remaining': '100000',
      'anthropic-ratelimit-tokens-reset': '2026-11-25T12:00:57Z',
    },
    learnt: { remaining: 0.05, resetMs: 57_000 },
  },
  {
    // https://clemenssiebler.com/posts/understanding-azure-openai-x-ratelimit-remaining-tokens-x-ratelimit-remaining-requests-headers:
    // an answer of 2024, what is left without its limit.
    name: 'Azure without limits',
    headers: { 'x-ratelimit-remaining-tokens': '19913', 'x-ratelimit-remaining-requests': '19' },
    learnt: undefined,
  },
  {
    // An answer as a user has posted it, https://learn.microsoft.com/en-us/answers/questions/5625878: what it does not know.
    name: 'Azure, -1',
    headers: {
      'x-ratelimit-limit-tokens': '-1',
      'x-ratelimit-remaining-tokens': '-1',
      'x-ratelimit-reset-tokens': '0',
    },
    learnt: undefined,
  },
  {
    // Our numbers. That resets are whole seconds stands in the post above; retry-after-ms goes before retry-after as in
    // npm openai 7.57.0, client.js. A refusal with all four headers is not verified.
    name: 'Azure, refused: whole seconds, and retry-after-ms before retry-after',
    headers: {
      'retry-after': '2',
      'retry-after-ms': '1234',
      'x-ratelimit-remaining-requests': '0',
      'x-ratelimit-reset-requests': '10',
    },
    learnt: { remaining: 0, resetMs: 10_000, exhaustedForMs: 1_234 },
  },
  {
    name: 'nothing left and no limit: the whole reset',
    headers: { 'x-ratelimit-remaining-requests': '0', 'x-ratelimit-reset-requests': '10' },
    learnt: { remaining: 0, resetMs: 10_000, exhaustedForMs: 10_000 },
  },
  {
    // https://inference-docs.cerebras.ai/support/rate-limits: its sample, but with half of the tokens left. Resets are seconds.
    name: 'Cerebras',
    headers: {
      'x-ratelimit-limit-requests-day': '1000000000',
      'x-ratelimit-limit-tokens-minute': '1000000000',
      'x-ratelimit-remaining-requests-day': '999997455',
      'x-ratelimit-remaining-tokens-minute': '500000000',
      'x-ratelimit-reset-requests-day': '33011.382867097855',
      'x-ratelimit-reset-tokens-minute': '11.382867097854614',
    },
    learnt: { remaining: 0.5, resetMs: 11_383 },
  },
  {
    name: 'Retry-After as an HTTP date',
    headers: { 'retry-after': 'Wed, 25 Nov 2026 12:00:30 GMT' },
    learnt: { remaining: 0, exhaustedForMs: 30_000 },
  },
  {
    name: 'what cannot be read',
    headers: {
      'retry-after': 'soon',
      'x-ratelimit-limit-requests': 'many',
      'x-ratelimit-remaining-requests': 'some',
      'x-ratelimit-remaining-tokens': '',
      'anthropic-ratelimit-requests-limit': '0',
      'anthropic-ratelimit-requests-remaining': '5',
      'anthropic-ratelimit-unified-reset': '1764072000',
    },
    learnt: undefined,
  },
  {
    name: 'a reset that cannot be read',
    headers: {
      'x-ratelimit-limit-requests': '10',
      'x-ratelimit-remaining-requests': '0',
      'x-ratelimit-reset-requests': '5 minutes',
    },
    learnt: { remaining: 0 },
  },
  { name: 'nothing', headers: { 'content-type': 'application/json' }, learnt: undefined },
]

for (const { name, headers, learnt } of cases) {
  test(`limits: ${name}`, () => assert.deepEqual(learnLimits(headers, nowMs), learnt))
}
