import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { RateLimitConfig } from '#config'
import { createRateRules } from './rules.ts'

function rule(over: Partial<RateLimitConfig>): RateLimitConfig {
  return { per: 'provider', match: undefined, requestsPerMinute: 10, tokensPerMinute: undefined, ...over }
}

const tenant = 'digest-of-a-key'
const target = { provider: 'openai', model: 'gpt-4o' }

function applied(rules: readonly RateLimitConfig[], request = { tenant, target }) {
  return createRateRules(rules).applied(request)
}

test('scopes are stages, the narrowest first, whatever the order of the file', () => {
  const stages = applied([
    rule({ per: 'provider' }),
    rule({ per: 'model', tokensPerMinute: 900 }),
    rule({ per: 'client_key' }),
  ])
  assert.deepEqual(
    stages.map((stage) => stage.map(({ per, unit, limitPerMinute }) => `${per} ${unit} ${limitPerMinute}`)),
    [['client_key requests 10'], ['model requests 10', 'model tokens 900'], ['provider requests 10']],
  )
})

test('without match each has a counter of its own, with it all that fit share one', () => {
  const nameOf = (match: string | undefined, model: string) =>
    applied([rule({ per: 'model', match })], { tenant, target: { provider: 'openai', model } })[0]?.[0]?.name
  assert.notEqual(nameOf(undefined, 'a'), nameOf(undefined, 'b'))
  assert.equal(nameOf('openai/*', 'a'), nameOf('openai/*', 'b'))
  assert.notEqual(nameOf('openai/*', 'a'), nameOf('*', 'a'))
  assert.notEqual(nameOf('openai/a', 'a'), nameOf(undefined, 'a'))
  assert.equal(nameOf('anthropic/*', 'a'), undefined)
})

test('rules for the same count once, the strictest of each unit', () => {
  const stages = applied([
    rule({ requestsPerMinute: 10, tokensPerMinute: 5 }),
    rule({ requestsPerMinute: 4, tokensPerMinute: undefined }),
  ])
  assert.deepEqual(
    stages.map((stage) => stage.map(({ unit, limitPerMinute }) => [unit, limitPerMinute])),
    [
      [
        ['requests', 4],
        ['tokens', 5],
      ],
    ],
  )
})

test('a request for no model has no limit of a model', () => {
  const stages = applied([rule({ per: 'model' }), rule({ per: 'model', match: '*' }), rule({})], {
    tenant,
    target: { provider: 'openai', model: '' },
  })
  assert.deepEqual(
    stages.flat().map(({ per }) => per),
    ['provider'],
  )
})

test('names are short and hold neither a tenant nor what a caller wrote', () => {
  const model = 'x'.repeat(10_000)
  const names = applied([rule({ per: 'client_key' }), rule({ per: 'model' })], {
    tenant,
    target: { provider: 'openai', model },
  })
    .flat()
    .map(({ name }) => name)
  assert.equal(names.length, 2)
  for (const name of names) assert.match(name, /^(client_key|model):requests:[\w-]{22}$/)
})

test('none, and whether tokens are counted', () => {
  const facts = (rules: readonly RateLimitConfig[]) => {
    const { none, tokens } = createRateRules(rules)
    return { none, tokens }
  }
  assert.deepEqual(facts([]), { none: true, tokens: false })
  assert.deepEqual(facts([rule({})]), { none: false, tokens: false })
  assert.deepEqual(facts([rule({ tokensPerMinute: 1 })]), { none: false, tokens: true })
})
