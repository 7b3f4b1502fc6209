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
  const long = { kind: 'file', id: 'x'.repeat(2_049) } as const
  await owners.remember([long, { kind: 'file', id: '' }], { provider: 'openai' })
  assert.equal(await owners.find(long), undefined)
  assert.deepEqual(keys, [])
})

test('an upload’s long id is kept under a short key', async () => {
  const owners = createOwners(createMemoryStore().records)
  const long = (last: string) => ({ kind: 'upload', id: 'x'.repeat(600) + last }) as const
  await owners.remember([long('a')], { provider: 'gemini', key: 'one' })
  assert.deepEqual(await owners.find(long('a')), { provider: 'gemini', key: 'one' })
  assert.equal(await owners.find(long('b')), undefined)
})

test('what is seen again stays whose it was, and what comes out of it is theirs', async () => {
  const owners = createOwners(createMemoryStore().records)
  const batch = { kind: 'batch', id: 'b' } as const
  const output = { kind: 'file', id: 'out', of: batch } as const
  const found = { kind: 'file', id: 'found' } as const
  await owners.remember([batch], { provider: 'openai', key: 'old', tenant: 'ada' })
  await owners.renew([batch, output, found], { provider: 'openai', key: 'new' })
  assert.deepEqual(await owners.find(batch), { provider: 'openai', key: 'new', tenant: 'ada' })
  assert.deepEqual(await owners.find(output), { provider: 'openai', key: 'new', tenant: 'ada' })
  assert.deepEqual(await owners.find(found), { provider: 'openai', key: 'new' })
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
