import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { type Endpoint, factsOf, knownModels, type ProviderFacts, registered } from './catalogue.ts'

function checkAddress(text: string): void {
  const url = new URL(text)
  assert.equal(url.protocol, 'https:')
  assert.equal(text, (url.origin + url.pathname).replace(/\/$/, ''))
  assert.doesNotMatch(text, /\/v\d/)
}

/** What a path hangs on must be asked for by the config, or every request would fail. */
function checkPaths({ path, streamPath = path }: Endpoint, { needs = {} }: ProviderFacts): void {
  for (const written of [path, streamPath]) {
    assert.match(written, /^\/[^/].*[^/]$/)
    const names = [...written.matchAll(/\{(\w+)\}/g)].map(([, name]) => name)
    assert.deepEqual(
      names.filter((name) => name !== 'model' && !Object.hasOwn(needs, name ?? '')),
      [],
    )
  }
}

/** Two ids of one vendor share a folder. */
function folderOf(facts: ProviderFacts): string {
  const twins = [...registered.values()].filter(({ operations }) => operations === facts.operations)
  return twins.find(({ id }) => existsSync(join(import.meta.dirname, id)))?.id ?? facts.id
}

describe('the catalogue', () => {
  test('holds every provider id of the contract', () => {
    const ids =
      'openai anthropic azure bedrock vertex gemini cohere mistral groq cerebras fireworks openrouter perplexity xai nebius parasail huggingface replicate elevenlabs ollama sgl vllm together deepseek sglang'
    assert.deepEqual([...registered.keys()].toSorted(), ids.split(' ').toSorted())
  })

  test('holds every vendor folder', () => {
    const folders = readdirSync(import.meta.dirname, { withFileTypes: true })
      .filter(
        (entry) => entry.isDirectory() && !['transport', 'identity', 'conformance'].includes(entry.name),
      )
      .map((entry) => entry.name)
    assert.ok(folders.length > 20)
    assert.deepEqual(
      folders.filter((name) => !registered.has(name)),
      [],
    )
  })

  test('takes one file of fewer than 60 lines for a vendor, and fixtures', () => {
    const folders = new Set([...registered.values()].map(folderOf))
    for (const folder of folders) {
      const path = join(import.meta.dirname, folder)
      assert.deepEqual(readdirSync(path).toSorted(), ['fixtures', 'index.ts'], folder)
      const lines = readFileSync(join(path, 'index.ts'), 'utf8').trimEnd().split('\n').length
      assert.ok(lines < 60, `${folder}/index.ts has ${lines} lines`)
    }
    assert.ok(folders.size > 20)
  })

  test('is what the README lists', () => {
    const readme = readFileSync(join(import.meta.dirname, '../../README.md'), 'utf8')
    const rows = readme.split('\n').filter((line) => /^\| `/.test(line))
    const listed = rows.flatMap((row) =>
      [...(row.split('|')[1] ?? '').matchAll(/`([^`]+)`/g)].map(([, id]) => id),
    )
    assert.deepEqual(listed.toSorted(), [...registered.keys()].toSorted())
  })

  test('registers no vendor without an operation, and none whose fixtures do not say where they come from', () => {
    for (const facts of registered.values()) {
      assert.ok(Object.values(facts.operations).flat().length > 0, `${facts.id} can be asked for nothing`)
      const provenance = join(import.meta.dirname, folderOf(facts), 'fixtures/PROVENANCE.md')
      const text = readFileSync(provenance, 'utf8')
      for (const said of [/\d{4}-\d{2}-\d{2}/, /API version: \S/, /https:\/\//])
        assert.match(text, said, facts.id)
    }
  })

  for (const [id, facts] of registered) {
    test(`${id} is well-formed`, () => {
      assert.equal(facts.id, id)
      assert.match(id, /^[a-z0-9][a-z0-9_.-]*$/)
      if (facts.baseUrl !== undefined) checkAddress(facts.baseUrl)
      for (const template of Object.values(facts.regionalBaseUrls ?? {}))
        checkAddress(template.replace('{region}', 'us-east-1'))
      for (const endpoint of Object.values(facts.operations).flat()) checkPaths(endpoint, facts)
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
    // Those of all models: some old models have an API of their own.
    const wires = (facts: ReturnType<typeof factsOf>) =>
      facts?.operations.chat?.filter(({ models }) => models === undefined).map(({ wire }) => wire)
    assert.deepEqual(wires(factsOf('openai')), ['openai-chat', 'openai-responses'])
    assert.deepEqual(wires(factsOf('mine', { baseProviderType: 'openai', isKeyLess: true })), ['openai-chat'])
  })

  test('leaves the quirks of a base that has some', () => {
    const facts = factsOf('mine', { baseProviderType: 'mistral', isKeyLess: false })
    assert.deepEqual(facts?.quirks, registered.get('mistral')?.quirks)
  })
})

describe('a custom provider', () => {
  const facts = (custom: object, base = 'openai') =>
    factsOf('mine', { baseProviderType: base, isKeyLess: false, ...custom }) ?? assert.fail()

  test('has no Responses API unless the config says so', () => {
    const wires = (allowed?: readonly string[]) =>
      facts(allowed === undefined ? {} : { allowed }, 'groq').operations.chat?.map(({ wire }) => wire)
    assert.deepEqual(wires(), ['openai-chat'])
    assert.deepEqual(wires(['chat_completion', 'responses']), ['openai-chat', 'openai-responses'])
    assert.deepEqual(wires(['responses']), ['openai-responses'])
    assert.equal(wires(['embedding']), undefined)
  })

  test('is asked for what the config allows, and for no more', () => {
    const { operations } = facts({ allowed: ['chat_completion', 'embedding', 'image_edit'] })
    assert.deepEqual(Object.keys(operations).toSorted(), ['chat', 'embeddings', 'images'])
    assert.deepEqual(
      operations.images?.map(({ wire }) => wire),
      ['openai-image-edits'],
    )
  })

  test('has rerankers at OpenAI’s servers only where the config says so, or its base has them', () => {
    const endpoints = (custom: object, base?: string) => facts(custom, base).operations.rerank
    assert.equal(endpoints({}), undefined)
    assert.equal(endpoints({ allowed: ['chat_completion'], paths: { rerank: '/r' } }), undefined)
    assert.deepEqual(endpoints({ allowed: ['rerank'] }), [{ wire: 'jina-rerank', path: '/v1/rerank' }])
    assert.deepEqual(endpoints({ paths: { rerank: '/r' } }), [{ wire: 'jina-rerank', path: '/r' }])
    assert.deepEqual(endpoints({}, 'cohere'), [{ wire: 'cohere-rerank', path: '/v2/rerank' }])
    assert.equal(endpoints({}, 'vllm')?.length, 2)
  })

  test('is asked at the paths of the config', () => {
    const { operations } = facts({ paths: { chat_completion: '/api/v2/chat' } })
    assert.deepEqual(operations.chat?.[0], { wire: 'openai-chat', path: '/api/v2/chat' })
    const gemini = facts({ paths: { chat_completion_stream: '/s' } }, 'gemini').operations.chat?.[0]
    assert.deepEqual([gemini?.path, gemini?.streamPath], ['/v1beta/models/{model}:generateContent', '/s'])
    const both = facts({ paths: { chat_completion: '/u' } }, 'gemini').operations.chat?.[0]
    assert.deepEqual([both?.path, both?.streamPath], ['/u', undefined])
  })

  test('takes nothing of the environment of its base', () => {
    const { environmentVariable, variables } = facts({}, 'azure')
    assert.deepEqual([environmentVariable, variables], [undefined, undefined])
    assert.equal(facts({}, 'bedrock').identity, 'aws')
    assert.equal(facts({ isKeyLess: true }, 'bedrock').identity, undefined)
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
