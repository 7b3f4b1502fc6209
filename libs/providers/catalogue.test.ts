import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { describe, test } from 'node:test'
import { factsOf, knownModels, registered } from './catalogue.ts'

describe('the catalogue', () => {
  test('holds every provider id of the contract', () => {
    const ids =
      'openai anthropic azure bedrock vertex gemini cohere mistral groq cerebras fireworks openrouter perplexity xai nebius parasail huggingface replicate elevenlabs runway ollama sgl vllm together deepseek sglang'
    assert.deepEqual([...registered.keys()].toSorted(), ids.split(' ').toSorted())
  })

  test('holds every vendor folder', () => {
    const folders = readdirSync(import.meta.dirname, { withFileTypes: true })
      .filter((entry) => entry.isDirectory() && !['transport', 'fixtures'].includes(entry.name))
      .map((entry) => entry.name)
    assert.ok(folders.length > 20)
    assert.deepEqual(
      folders.filter((name) => !registered.has(name)),
      [],
    )
  })

  for (const [id, facts] of registered) {
    test(`${id} is well-formed`, () => {
      assert.equal(facts.id, id)
      assert.match(id, /^[a-z0-9][a-z0-9_.-]*$/)
      if (facts.baseUrl !== undefined) {
        const url = new URL(facts.baseUrl)
        assert.equal(url.protocol, 'https:')
        assert.equal(facts.baseUrl, (url.origin + url.pathname).replace(/\/$/, ''))
        assert.doesNotMatch(facts.baseUrl, /\/v\d/)
      }
      for (const endpoint of Object.values(facts.operations).flat())
        assert.match(endpoint.path, /^\/[^/].*[^/]$/)
      for (const name of Object.keys(facts.headers ?? {})) assert.equal(name, name.toLowerCase())
    })
  }

  test('gives no two vendors the same variable', () => {
    const variables = [...registered.values()].flatMap((facts) => facts.environmentVariable ?? [])
    assert.equal(new Set(variables).size, variables.length)
  })
})

describe('factsOf', () => {
  test('knows registered ids and no others', () => {
    assert.equal(factsOf('groq'), registered.get('groq'))
    assert.equal(factsOf('mine'), undefined)
    assert.equal(factsOf('mine', { baseProviderType: 'nobody', isKeyLess: false }), undefined)
  })

  test('gives a custom provider what its base has, but not its key', () => {
    const facts = factsOf('mine', { baseProviderType: 'anthropic', isKeyLess: false })
    const { environmentVariable: _variable, ...base } = registered.get('anthropic') ?? assert.fail()
    assert.deepEqual(facts, { ...base, id: 'mine' })
  })

  test('asks a provider without keys for none', () => {
    const facts = factsOf('mine', { baseProviderType: 'openai', isKeyLess: true })
    assert.deepEqual(
      [facts?.auth, facts?.keyOptional, facts?.quirks],
      ['none', true, { maxTokensField: 'max_tokens' }],
    )
  })

  test("asks a custom provider on OpenAI's chat wire alone, OpenAI itself on the caller's", () => {
    const wires = (facts: ReturnType<typeof factsOf>) => facts?.operations.chat?.map(({ wire }) => wire)
    assert.deepEqual(wires(factsOf('openai')), ['openai-chat', 'openai-responses'])
    assert.deepEqual(wires(factsOf('mine', { baseProviderType: 'openai', isKeyLess: true })), ['openai-chat'])
  })

  test('leaves the quirks of a base that has some', () => {
    const facts = factsOf('mine', { baseProviderType: 'mistral', isKeyLess: false })
    assert.deepEqual(facts?.quirks, { maxTokensField: 'max_tokens', noStreamOptions: true })
  })
})

test('known model names say where they come from', () => {
  assert.deepEqual(
    knownModels.map(({ provider }) => provider),
    ['openai', 'anthropic'],
  )
  for (const { source, models } of knownModels) {
    assert.match(source, / of .+ \d+\.\d+\.\d+, /)
    assert.ok(models.length > 10)
    assert.equal(new Set(models).size, models.length)
  }
  assert.ok(knownModels[0]?.models.includes('gpt-4o-mini'))
})
