import assert from 'node:assert/strict'
import { test } from 'node:test'
import { changesBetween } from './changes.ts'
import { load } from './helpers.suite.ts'
import type { Config } from './types.ts'

const running = {
  providers: {
    openai: { keys: [{ name: 'main', value: 'sk-one' }], network_config: { max_retries: 2 } },
    anthropic: { keys: [{ name: 'main', value: 'sk-two' }] },
  },
  model_aliases: { fast: 'openai/a' },
  fallbacks: { 'gpt-*': ['anthropic/b'] },
}
type File = typeof running & Record<string, unknown>

/** What a change of the file comes to. */
function changesOf(change: (file: File) => void) {
  const file: File = structuredClone(running)
  change(file)
  return changesBetween(configOf(running), configOf(file))
}

function configOf(file: object): Config {
  return load(file).config
}

const pathsOf = (change: (file: File) => void) => changesOf(change).needRestart

test('limits are those of every provider that both have', () => {
  const changed = changesOf((file) => {
    Object.assign(file.providers.openai, { concurrency_and_buffer_size: { concurrency: 7, buffer_size: 9 } })
    Object.assign(file.providers, { gemini: { keys: [{ value: 'k' }] } })
  })
  assert.deepEqual(changed.limits, [
    { provider: 'openai', concurrency: 7, bufferSize: 9 },
    { provider: 'anthropic', concurrency: 1000, bufferSize: 5000 },
  ])
  assert.deepEqual(changed.needRestart, ['providers.gemini'])
})

test('what is the same is no difference: a default written out, members in another order', () => {
  const again = {
    fallbacks: running.fallbacks,
    model_aliases: { fast: [{ model: 'openai/a', weight: 1 }] },
    providers: { anthropic: running.providers.anthropic, openai: running.providers.openai },
    queue: { max_wait_in_seconds: 15 },
    routing: { strategy: 'weighted' },
  }
  assert.deepEqual(changesBetween(configOf(running), configOf(again)).needRestart, [])
})

test('every other difference is named by its path in the file', () => {
  const cases: readonly [string, (file: File) => void][] = [
    [
      'providers.openai.network_config.max_retries',
      ({ providers }) => {
        providers.openai.network_config.max_retries = 5
      },
    ],
    [
      'providers.openai.keys',
      ({ providers }) => {
        providers.openai.keys.push({ name: 'second', value: 'sk-three' })
      },
    ],
    [
      'providers.openai.proxy_config',
      ({ providers }) => {
        Object.assign(providers.openai, { proxy_config: { type: 'http', url: 'http://proxy:1' } })
      },
    ],
    [
      'model_aliases["a b"]',
      (file) => {
        Object.assign(file.model_aliases, { 'a b': 'openai/c' })
      },
    ],
    [
      'fallbacks',
      (file) => {
        file.fallbacks['gpt-*'].push('anthropic/c')
      },
    ],
    [
      'queue.tenant_share',
      (file) => {
        file['queue'] = { tenant_share: 0.5 }
      },
    ],
    [
      'routing.circuit_breaker',
      (file) => {
        file['routing'] = { circuit_breaker: { enabled: false } }
      },
    ],
    [
      'server.tenant_header',
      (file) => {
        file['server'] = { tenant_header: 'x-tenant-id' }
      },
    ],
  ]
  for (const [path, change] of cases) assert.deepEqual(pathsOf(change), [path])
})

test('a secret that differs is a difference, and is not shown', () => {
  const paths = pathsOf(({ providers }) => {
    for (const key of providers.openai.keys) key.value = 'sk-CANARY-0123456789'
  })
  assert.deepEqual(paths, ['providers.openai.keys'])
})
