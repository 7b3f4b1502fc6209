import assert from 'node:assert/strict'
import { test } from 'node:test'
import { rendezvous } from './redis/sites.ts'

const names = Array.from({ length: 2_000 }, (_, index) => `provider-${index}`)

test('names are spread evenly, and one more server takes its share and moves nothing else', () => {
  const counts = [0, 0, 0, 0]
  for (const name of names) {
    const before = rendezvous(name, 3)
    const after = rendezvous(name, 4)
    counts[after] = (counts[after] ?? 0) + 1
    assert.ok(after === before || after === 3, `${name} moved from ${before} to ${after}`)
  }
  for (const count of counts) assert.ok(count > 400 && count < 600, String(counts))
  assert.ok(names.every((name) => rendezvous(name, 1) === 0))
})
