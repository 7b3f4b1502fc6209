import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createMemoryStore, createOwners, resourceKindOf } from './index.ts'

test('an id is known by its kind, for thirty days from when it was last seen', async () => {
  let now = 0
  const owners = createOwners(createMemoryStore({ nowMs: () => now }).records)
  const owner = { provider: 'openai', key: 'key-2', tenant: 't' }
  const file = { kind: 'file', id: 'file-1' } as const
  await owners.remember([file, { kind: 'batch', id: 'batch-1' }], owner)
  assert.deepEqual(await owners.find(file), owner)
  assert.deepEqual(await owners.find({ kind: 'batch', id: 'batch-1' }), owner)
  assert.equal(await owners.find({ kind: 'response', id: 'file-1' }), undefined)
  const day = 24 * 60 * 60 * 1_000
  now = 29 * day
  await owners.remember([file], { provider: 'groq' })
  now = 31 * day
  assert.deepEqual(await owners.find(file), { provider: 'groq' })
  assert.equal(await owners.find({ kind: 'batch', id: 'batch-1' }), undefined)
})

test('what cannot be a vendor’s id is neither kept nor looked for', async () => {
  const keys: string[] = []
  const { records } = createMemoryStore()
  const owners = createOwners({
    ...records,
    set: async (key) => {
      keys.push(key)
    },
    get: async (key) => {
      keys.push(key)
      return undefined
    },
  })
  const long = { kind: 'file', id: 'x'.repeat(257) } as const
  await owners.remember([long, { kind: 'file', id: '' }], { provider: 'openai' })
  assert.equal(await owners.find(long), undefined)
  assert.deepEqual(keys, [])
})

test('what is no owner is as if nothing was known', async () => {
  const { records } = createMemoryStore()
  await records.set('id:file:a', '{"name":"x"}', 1_000)
  assert.equal(await createOwners(records).find({ kind: 'file', id: 'a' }), undefined)
})

test('the wires whose ids come back', () => {
  assert.equal(resourceKindOf('openai-responses'), 'response')
  assert.equal(resourceKindOf('anthropic-batches'), 'batch')
  assert.equal(resourceKindOf('openai-chat'), undefined)
})
