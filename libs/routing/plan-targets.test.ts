import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { GatewayError } from '#contract'
import {
  buildRoutingTable,
  type PlannedRequest,
  planTargets,
  type TargetFacts,
  type TargetPolicy,
  type TargetRule,
} from './index.ts'

const any = (name: string) => ({ name, models: [], weight: 1 })
const only = (...models: readonly string[]) => ({ name: 'key-1', models, weight: 1 })

const table = buildRoutingTable({
  providers: [
    { id: 'openai', keys: [any('a')] },
    { id: 'anthropic', keys: [any('b')] },
    { id: 'groq', keys: [only('llama')] },
  ],
  aliases: {
    smart: [
      { model: 'openai/gpt', weight: 3 },
      { model: 'anthropic/opus', weight: 1 },
    ],
    cheap: [{ model: 'groq/llama', weight: 1 }],
    empty: [],
  },
  registered: ['openai', 'anthropic', 'groq', 'vertex'],
})

const rule = (
  name: string,
  changes: Partial<Omit<TargetRule, 'when'>> & { readonly when?: Partial<TargetRule['when']> },
): TargetRule => ({
  name,
  targets: undefined,
  strategy: undefined,
  fallbacks: undefined,
  ...changes,
  when: { model: undefined, headers: {}, metadata: {}, ...changes.when },
})

type Asked = Partial<PlannedRequest> & {
  readonly policy?: Partial<TargetPolicy>
  readonly facts?: Readonly<Record<string, TargetFacts>>
  readonly random?: () => number
}

function planned({ policy, facts, random = () => 0, ...request }: Asked) {
  return planTargets({
    request: {
      model: 'gpt',
      surfaceProvider: 'openai',
      headers: {},
      metadata: {},
      bodyFallbacks: [],
      headerFallbacks: [],
      ...request,
    },
    policy: { table, strategy: 'weighted', rules: [], fallbacks: [], ...policy },
    factsOf: ({ provider, model }) => facts?.[`${provider}/${model}`],
    random,
  })
}

const told = (asked: Asked) =>
  planned(asked)
    .targets.map(({ provider, model, source }) => `${provider}/${model} ${source}`)
    .join(', ')

describe('targets', () => {
  const rows: readonly (readonly [string, Asked, string])[] = [
    ['of a plain name', {}, 'openai/gpt model'],
    ['of a name with its provider', { model: 'anthropic/opus' }, 'anthropic/opus model'],
    ['of a provider asked beside it', { model: 'llama', provider: 'groq' }, 'groq/llama model'],
    ['of an alias: all, the drawn one first', { model: 'smart' }, 'openai/gpt alias, anthropic/opus alias'],
    [
      'of an alias, drawn otherwise',
      { model: 'smart', random: () => 0.9 },
      'anthropic/opus alias, openai/gpt alias',
    ],
    ['of an alias without targets: as if there were none', { model: 'empty' }, 'openai/empty model'],
    [
      'by the strategy of the config',
      { model: 'smart', policy: { strategy: 'lowest-cost' }, facts: { 'anthropic/opus': { cost: 1 } } },
      'anthropic/opus alias, openai/gpt alias',
    ],
    [
      'without a model: the surface’s provider',
      { model: '', headerFallbacks: ['anthropic/x'] },
      'openai/ model',
    ],
    ['without a model: the provider that was asked', { model: '', provider: 'groq' }, 'groq/ model'],
  ]
  for (const [name, asked, expected] of rows) {
    test(name, () => assert.equal(told(asked), expected))
  }
})

describe('fallbacks', () => {
  const config = {
    fallbacks: [
      { pattern: 'openai/gpt', targets: ['anthropic/opus'] },
      { pattern: 'gp*', targets: ['groq/llama'] },
    ],
  }
  const ruled = (fallbacks: readonly string[]) => ({ ...config, rules: [rule('r', { fallbacks })] })
  const rows: readonly (readonly [string, Asked, string])[] = [
    [
      'of the first pattern that fits, by the target',
      { policy: config },
      'openai/gpt model, anthropic/opus config-fallbacks',
    ],
    ['by the name', { policy: config, model: 'gpx' }, 'openai/gpx model, groq/llama config-fallbacks'],
    [
      'by the model of the target',
      { policy: config, model: 'anthropic/gpx' },
      'anthropic/gpx model, groq/llama config-fallbacks',
    ],
    ['of no pattern', { policy: config, model: 'other' }, 'openai/other model'],
    ['of the body', { bodyFallbacks: ['cheap'] }, 'openai/gpt model, groq/llama body'],
    ['of the header', { headerFallbacks: ['groq/llama'] }, 'openai/gpt model, groq/llama header'],
    [
      'of the body before the header',
      { bodyFallbacks: ['cheap'], headerFallbacks: ['anthropic/x'] },
      'openai/gpt model, groq/llama body',
    ],
    [
      'of the caller before the config’s',
      { bodyFallbacks: ['cheap'], policy: config },
      'openai/gpt model, groq/llama body, anthropic/opus config-fallbacks',
    ],
    [
      'of the rule in place of the config’s',
      { bodyFallbacks: ['openai/x'], policy: ruled(['cheap']) },
      'openai/gpt model, openai/x body, groq/llama rule-fallbacks',
    ],
    ['of a rule that wants none', { policy: ruled([]) }, 'openai/gpt model'],
    [
      'that are an alias: all of its targets',
      { model: 'cheap', headerFallbacks: ['smart'] },
      'groq/llama alias, openai/gpt header, anthropic/opus header',
    ],
    [
      'each target once, where it comes first',
      { model: 'smart', bodyFallbacks: ['anthropic/opus', 'cheap', 'groq/llama'] },
      'openai/gpt alias, anthropic/opus alias, groq/llama body',
    ],
  ]
  for (const [name, asked, expected] of rows) {
    test(name, () => assert.equal(told(asked), expected))
  }
})

describe('rules', () => {
  const rules = [
    rule('batch', {
      when: { model: 'gpt*', headers: { 'x-team': 'batch-*' } },
      targets: [{ model: 'groq/llama', weight: 1 }],
    }),
    rule('paid', { when: { metadata: { tier: 'gold', seats: '1*' } }, strategy: 'lowest-latency' }),
    rule('spread', {
      when: { model: 'spread' },
      targets: [
        { model: 'smart', weight: 1 },
        { model: 'groq/llama', weight: 1 },
      ],
    }),
  ]
  const rows: readonly (readonly [string, Asked, string | undefined, string])[] = [
    ['fits', { headers: { 'x-team': 'batch-7' } }, 'batch', 'groq/llama rule'],
    ['another value', { headers: { 'x-team': 'web' } }, undefined, 'openai/gpt model'],
    ['another model', { model: 'opus', headers: { 'x-team': 'batch-7' } }, undefined, 'openai/opus model'],
    ['a header that is not there', {}, undefined, 'openai/gpt model'],
    ['metadata', { metadata: { tier: 'gold', seats: 12 } }, 'paid', 'openai/gpt model'],
    ['metadata in part', { metadata: { tier: 'gold' } }, undefined, 'openai/gpt model'],
    ['metadata of another shape', { metadata: { tier: ['gold'], seats: 12 } }, undefined, 'openai/gpt model'],
    [
      'the first of two',
      { headers: { 'x-team': 'batch-7' }, metadata: { tier: 'gold', seats: 1 } },
      'batch',
      'groq/llama rule',
    ],
    [
      'an alias among its targets shares the weight',
      { model: 'spread', random: () => 0.45 },
      'spread',
      'anthropic/opus rule, groq/llama rule, openai/gpt rule',
    ],
    ['no model, no rule', { model: '', headers: { 'x-team': 'batch-7' } }, undefined, 'openai/ model'],
  ]
  for (const [name, asked, expectedRule, expected] of rows) {
    test(name, () => {
      assert.equal(told({ ...asked, policy: { rules } }), expected)
      assert.equal(planned({ ...asked, policy: { rules } }).rule, expectedRule)
    })
  }

  test('a pattern of "*" wants the header to be there', () => {
    const policy = { rules: [rule('r', { when: { headers: { 'x-team': '*' } } })] }
    assert.equal(planned({ policy }).rule, undefined)
    assert.equal(planned({ policy, headers: { 'x-team': '' } }).rule, 'r')
  })

  test('a name that every object has is no metadata', () => {
    const policy = { rules: [rule('r', { when: { metadata: { constructor: '*' } } })] }
    assert.equal(planned({ policy }).rule, undefined)
  })

  test('a rule’s strategy comes before the config’s', () => {
    const asked = {
      model: 'smart',
      metadata: { tier: 'gold', seats: 1 },
      policy: { rules, strategy: 'lowest-cost' as const },
      facts: { 'openai/gpt': { cost: 1, latencyMs: 9 }, 'anthropic/opus': { cost: 2, latencyMs: 3 } },
    }
    assert.equal(told(asked), 'anthropic/opus alias, openai/gpt alias')
    assert.equal(planned(asked).strategy, 'lowest-latency')
    assert.equal(planned({ ...asked, metadata: {} }).strategy, 'lowest-cost')
  })
})

describe('refused', () => {
  const rows: readonly (readonly [string, Asked, string, string, RegExp])[] = [
    ['an unknown model', { model: 'groq/x' }, 'model_not_found', 'model', /"groq\/x"/],
    [
      'an unknown fallback of the body',
      { bodyFallbacks: ['cheap', 'groq/x'] },
      'model_not_found',
      'fallbacks[1]',
      /"groq\/x"/,
    ],
    [
      'a fallback to a provider that is not configured',
      { headerFallbacks: ['vertex/x'] },
      'model_not_found',
      'x-bifrost-fallbacks',
      /"vertex", which is not configured/,
    ],
    [
      'more fallbacks than the header may name',
      { bodyFallbacks: Array.from({ length: 17 }, (_, index) => `openai/${index}`) },
      'invalid_fallbacks',
      'fallbacks',
      /at most 16/,
    ],
  ]
  for (const [name, asked, code, param, message] of rows) {
    test(name, () => {
      assert.throws(
        () => planned(asked),
        (error) => {
          assert.ok(GatewayError.is(error))
          assert.deepEqual([error.code, error.param], [code, param])
          assert.match(error.message, message)
          return true
        },
      )
    })
  }
})
