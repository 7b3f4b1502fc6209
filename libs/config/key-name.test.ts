import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { wireIds } from '#contract'
import { loadConfig } from './index.ts'

type Keys = readonly object[]

function namesOf(id: string, keys: Keys, environment: Readonly<Record<string, string>> = {}) {
  const { config } = loadConfig({
    flags: { config: 'config.json' },
    environment,
    readFile: () => JSON.stringify({ providers: { [id]: keys.length === 0 ? {} : { keys } } }),
    spokenWires: wireIds,
  })
  return config.providers[id]?.keys.map(({ name }) => name) ?? assert.fail()
}

describe('the name of a key', () => {
  test('is the one of the file', () => {
    assert.deepEqual(namesOf('openai', [{ value: 'k-1', name: 'blue' }]), ['blue'])
  })

  test('does not hang on where the key stands', () => {
    const keys = [{ value: 'k-1' }, { value: 'k-2', weight: 0.2 }, { value: 'k-3', models: ['gpt-4o'] }]
    const names = namesOf('openai', keys)
    assert.equal(new Set(names).size, 3)
    assert.deepEqual(namesOf('openai', keys.toReversed()), names.toReversed())
    assert.deepEqual(namesOf('openai', keys.slice(1)), names.slice(1))
    assert.deepEqual(namesOf('openai', [{ value: 'k-0', enabled: false }, ...keys]), names)
  })

  test('is the same whichever way the value comes, and another one for another value', () => {
    const [written] = namesOf('openai', [{ value: 'k-1' }])
    assert.deepEqual(namesOf('openai', [{ value: 'env.K' }], { K: 'k-1' }), [written])
    assert.deepEqual(namesOf('openai', [], { OPENAI_API_KEY: 'k-1' }), [written])
    assert.notDeepEqual(namesOf('openai', [], { OPENAI_API_KEY: 'k-2' }), [written])
  })

  test('tells nothing of the value', () => {
    const [name = ''] = namesOf('openai', [{ value: 'sk-CANARY' }])
    assert.match(name, /^key-[0-9a-f]{12}$/)
  })

  test('tells keys apart that have no value, or one value in two places', () => {
    const account = (region: string, access_key = 'AKIA1') => ({
      bedrock_key_config: { region, access_key, secret_key: `secret of ${access_key}` },
    })
    const keys = [account('us-east-1'), account('eu-west-1'), account('us-east-1', 'AKIA2')]
    const names = namesOf('bedrock', keys)
    assert.equal(new Set(names).size, 3)
    assert.deepEqual(namesOf('bedrock', keys.toReversed()), names.toReversed())
    const servers = ['http://one:8000', 'http://two:8000'].map((url) => ({ vllm_key_config: { url } }))
    assert.equal(new Set(namesOf('vllm', servers)).size, 2)
  })
})
