/** The configurations that the documents show load as they are, and say nothing that does nothing. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { loadConfig } from '#config'
import { spokenWires } from '#process'
import { repositoryRoot } from '#testing'

const pages = [
  'README.md',
  'docs/adding-a-provider.md',
  'docs/cache.md',
  'docs/rate-limits.md',
  'docs/traffic-policy.md',
  'config/config.example.json',
]

type Snippet = { readonly place: string; readonly text: string }

/** Blocks of `json` and `jsonc`; a page that is JSON is one. */
function snippetsOf(page: string): readonly Snippet[] {
  const text = readFileSync(join(repositoryRoot, page), 'utf8')
  if (page.endsWith('.json')) return [{ place: page, text }]
  return [...text.matchAll(/^```jsonc?\n(.*?)^```$/gms)].map(({ 1: block = '', index }) => ({
    place: `${page}:${text.slice(0, index).split('\n').length}`,
    text: block,
  }))
}

const serviceAccount = JSON.stringify({
  type: 'service_account',
  client_email: 'gateway@example.iam.gserviceaccount.com',
  private_key: 'example',
})

/** Providers that a snippet leaves out are those of the environment; what it names with `env.` is there. */
function load({ text }: Snippet) {
  const named = [...text.matchAll(/"env\.(\w+)"/g)].map(([, name = '']) => [
    name,
    name.includes('SERVICE_ACCOUNT') ? serviceAccount : 'sk-example',
  ])
  const usual = ['OPENAI_API_KEY', 'ANTHROPIC_API_KEY', 'GEMINI_API_KEY', 'GROQ_API_KEY']
  return loadConfig({
    flags: { config: 'config.json' },
    environment: Object.fromEntries([...usual.map((name) => [name, 'sk-example']), ...named]),
    readFile: () => text,
    spokenWires,
  })
}

describe('configurations in the documents', () => {
  for (const page of pages) {
    const snippets = snippetsOf(page)
    test(`${page} shows one`, () => assert.ok(snippets.length > 0))
    for (const snippet of snippets) {
      test(snippet.place, () => assert.deepEqual(load(snippet).warnings, []))
    }
  }

  test('every member of routing and queue is explained or linked', () => {
    const schema = JSON.parse(readFileSync(join(repositoryRoot, 'docs/config.schema.json'), 'utf8'))
    const pages = ['traffic-policy', 'rate-limits', 'cache', 'deployment']
    const texts = pages
      .map((page) => readFileSync(join(repositoryRoot, `docs/${page}.md`), 'utf8'))
      .join('\n')
    const members = [
      ...Object.keys(schema.properties.routing.properties),
      ...Object.keys(schema.properties.routing.properties.circuit_breaker.properties),
      ...Object.keys(schema.properties.queue.properties),
    ]
    assert.ok(members.length > 15)
    assert.deepEqual(
      members.filter((member) => !texts.includes(member) && member !== 'key_prefix'),
      [],
    )
  })
})
