import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import type { Usage } from '#contract'
import { registered } from '#providers/catalogue'
import { costOf, createPrices, type Price, priceList } from './index.ts'

const price: Price = { input: 3, output: 15, cacheRead: 0.3, cacheWrite: 3.75 }
const long = { aboveTokens: 200_000, input: 6, output: 22.5, cacheRead: 0.6, cacheWrite: 7.5 }

describe('costOf', () => {
  /** name, input, output, price → dollars, worked out by hand */
  const rows: readonly (readonly [string, Usage['input'], Usage['output'], Price, number])[] = [
    ['nothing is known', {}, {}, price, 0],
    // 1000·3 + 500·15 = 10,500 millionths
    ['a plain answer', { total: 1000, uncached: 1000 }, { total: 500 }, price, 0.0105],
    ['totals alone', { total: 1000 }, { total: 500 }, price, 0.0105],
    // 200·3 + 700·0.3 + 100·3.75 = 600 + 210 + 375
    [
      'a cached prompt',
      { total: 1000, uncached: 200, cacheRead: 700, cacheWrite: 100 },
      {},
      price,
      0.001_185,
    ],
    [
      'a cached prompt without its uncached part',
      { total: 1000, cacheRead: 700, cacheWrite: 100 },
      {},
      price,
      0.001_185,
    ],
    [
      'a cached prompt without its total',
      { uncached: 200, cacheRead: 700, cacheWrite: 100 },
      {},
      price,
      0.001_185,
    ],
    // without prices of the cache: 1000·3
    [
      'no price of the cache',
      { total: 1000, cacheRead: 700, cacheWrite: 100 },
      {},
      { input: 3, output: 15 },
      0.003,
    ],
    // reasoning is a part of the output: 500·15
    ['reasoning', {}, { total: 500, reasoning: 400 }, price, 0.0075],
    // 100·15 + 400·20
    ['reasoning at its own price', {}, { total: 500, reasoning: 400 }, { ...price, reasoning: 20 }, 0.0095],
    // 900·3 + 100·40 + 50·15 + 10·80
    [
      'audio',
      { total: 1000, uncached: 1000, audio: 100 },
      { total: 60, audio: 10 },
      { ...price, audioInput: 40, audioOutput: 80 },
      0.008_25,
    ],
    [
      'audio without a price of its own',
      { total: 1000, audio: 100 },
      { total: 60, audio: 10 },
      price,
      0.0039,
    ],
    ['up to a long input', { total: 200_000 }, { total: 1000 }, { ...price, long }, 0.615],
    // 200,001·6 + 1000·22.5
    ['a long input', { total: 200_001 }, { total: 1000 }, { ...price, long }, 1.222_506],
    // 1·6 + 200,000·0.6
    [
      'a long input from the cache',
      { total: 200_001, cacheRead: 200_000 },
      {},
      { ...price, long },
      0.120_006,
    ],
    ['an embedding', { total: 8000 }, {}, { input: 0.02, output: 0 }, 0.000_16],
  ]
  for (const [name, input, output, rates, dollars] of rows) {
    test(`${name}: ${dollars}`, () => {
      const cost = costOf({ input, output }, rates)
      assert.ok(Math.abs(cost - dollars) < 1e-12, `${cost}`)
    })
  }

  test('is never negative nor more than every token at the dearest price', () => {
    const tokens = fc.option(fc.nat(1_000_000), { nil: undefined })
    const side = fc.record({
      total: tokens,
      uncached: tokens,
      cacheRead: tokens,
      cacheWrite: tokens,
      audio: tokens,
    })
    const out = fc.record({ total: tokens, reasoning: tokens, audio: tokens })
    const rates = { ...price, long, reasoning: 20, audioInput: 40, audioOutput: 80 }
    const known = (value: object) =>
      Object.fromEntries(Object.entries(value).filter(([, each]) => each !== undefined))
    const sum = (value: object) => Object.values(known(value)).reduce((all, each) => all + Number(each), 0)
    fc.assert(
      fc.property(side, out, (input, output) => {
        const cost = costOf({ input: known(input), output: known(output) }, rates)
        assert.ok(cost >= 0 && cost <= ((sum(input) + sum(output)) * 80) / 1e6 + 1e-9)
      }),
    )
  })
})

describe('priceOf', () => {
  const { priceOf } = createPrices([])

  test('finds the bundled prices of well-known models', () => {
    assert.deepEqual(priceOf('openai', 'gpt-4o'), { input: 2.5, output: 10, cacheRead: 1.25 })
    assert.deepEqual(priceOf('anthropic', 'claude-haiku-4-5'), {
      input: 1,
      output: 5,
      cacheRead: 0.1,
      cacheWrite: 1.25,
    })
    assert.deepEqual(priceOf('openai', 'text-embedding-3-small'), { input: 0.02, output: 0 })
    assert.equal(priceOf('gemini', 'gemini-2.5-pro')?.long?.aboveTokens, 200_000)
    assert.equal(priceOf('bedrock', 'us.anthropic.claude-sonnet-4-5-20250929-v1:0')?.input, 3.3)
    assert.equal(priceOf('azure', 'gpt-4o')?.output, 10)
    assert.equal(priceOf('vertex', 'claude-haiku-4-5@20251001')?.output, 5)
  })

  test('takes the date off a name that is not listed with it', () => {
    for (const suffix of ['-20991231', '-2099-12-31', '@20991231']) {
      assert.deepEqual(
        priceOf('anthropic', `claude-haiku-4-5${suffix}`),
        priceOf('anthropic', 'claude-haiku-4-5'),
      )
    }
    assert.equal(priceOf('anthropic', 'claude-haiku-4-5-2099'), undefined)
    assert.equal(priceOf('anthropic', 'claude-haiku-4-5-next'), undefined)
  })

  test('knows nothing of what nobody has said', () => {
    assert.equal(priceOf('openai', 'no-such-model'), undefined)
    assert.equal(priceOf('my-own', 'gpt-4o'), undefined)
    assert.equal(priceOf('constructor', 'name'), undefined)
    assert.equal(priceOf('openai', 'constructor'), undefined)
  })

  test('asks the operator first, in file order', () => {
    const own = createPrices([
      { pattern: 'openai/gpt-4o', input: 1, output: 2, cacheRead: 0.5, cacheWrite: undefined },
      { pattern: 'openai/*', input: 9, output: 9 },
      { pattern: 'my-own/*', input: 0, output: 0 },
    ])
    assert.deepEqual(own.priceOf('openai', 'gpt-4o'), { input: 1, output: 2, cacheRead: 0.5 })
    assert.deepEqual(own.priceOf('openai', 'gpt-4o-mini'), { input: 9, output: 9 })
    assert.deepEqual(own.priceOf('my-own', 'llama'), { input: 0, output: 0 })
    assert.deepEqual(own.priceOf('anthropic', 'claude-haiku-4-5'), priceOf('anthropic', 'claude-haiku-4-5'))
  })
})

describe('the bundled list', () => {
  const file: {
    readonly source: string
    readonly date: string
    readonly license: string
    readonly providers: Readonly<Record<string, Readonly<Record<string, Price>>>>
  } = JSON.parse(readFileSync(join(import.meta.dirname, 'data/prices.json'), 'utf8'))
  const entries = Object.entries(file.providers).flatMap(([provider, models]) =>
    Object.entries(models).map(([model, listed]) => ({ name: `${provider}/${model}`, listed })),
  )

  test('says where it is from, and under which licence', () => {
    assert.match(priceList.source, /^LiteLLM \d+\.\d+\.\d+/)
    assert.match(priceList.date, /^\d{4}-\d{2}-\d{2}$/)
    assert.match(file.license, /^MIT License[\s\S]*Berri AI[\s\S]*WITHOUT WARRANTY/)
  })

  test('names providers of the gateway only', () => {
    assert.deepEqual(
      Object.keys(file.providers).filter((id) => !registered.has(id)),
      [],
    )
    assert.ok(entries.length > 1000, `${entries.length} models`)
  })

  test('holds prices that can be: dollars per million tokens', () => {
    const sane = ({ long: step, ...rates }: Price) =>
      [...Object.values(rates), ...Object.values({ ...step, aboveTokens: 0 })].every(
        (rate) => Number.isFinite(rate) && rate >= 0 && rate <= 1000,
      )
    assert.deepEqual(
      entries
        .filter(({ listed }) => !sane(listed) || listed.input + listed.output === 0)
        .map(({ name }) => name),
      [],
    )
  })

  test('has no cache that is dearer to read than the prompt itself', () => {
    assert.deepEqual(
      entries.filter(({ listed }) => (listed.cacheRead ?? 0) > listed.input).map(({ name }) => name),
      [],
    )
  })
})
