import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { cooldownAfter } from './index.ts'

/** status, Retry-After in ms, strikes before, other usable keys → for how many ms (0 = not at all) */
const rows: readonly (readonly [number | undefined, number | undefined, number, number, number])[] = [
  [429, 2000, 0, 3, 2000],
  [429, 2000, 5, 3, 2000],
  [429, 2000, 0, 0, 2000],
  [429, 3_600_000, 0, 1, 3_600_000],
  [429, 0, 0, 1, 0],
  [429, undefined, 0, 1, 1000],
  [429, undefined, 1, 1, 2000],
  [429, undefined, 5, 1, 32_000],
  [429, undefined, 6, 1, 60_000],
  [429, undefined, 5000, 1, 60_000],
  [429, undefined, 3, 0, 0],
  [401, undefined, 0, 1, 10_000],
  [402, undefined, 1, 1, 20_000],
  [403, undefined, 5, 1, 320_000],
  [403, undefined, 6, 1, 600_000],
  [401, undefined, 0, 0, 0],
  [402, undefined, 0, 0, 0],
  [403, undefined, 9, 0, 0],
  [401, 5000, 0, 1, 10_000],
  [401, 5000, 0, 0, 0],
  [400, undefined, 0, 3, 0],
  [404, undefined, 0, 3, 0],
  [500, 2000, 0, 3, 0],
  [503, 2000, 0, 3, 0],
  [529, undefined, 0, 3, 0],
  [undefined, undefined, 0, 3, 0],
]

for (const [status, retryAfterMs, strikes, otherUsableKeys, forMs] of rows) {
  const asked = retryAfterMs === undefined ? '' : ` Retry-After ${retryAfterMs} ms`
  test(`${status}${asked}, strike ${strikes + 1}, ${otherUsableKeys} other keys: ${forMs} ms`, () => {
    const cooldown = cooldownAfter({ status, retryAfterMs, strikes, otherUsableKeys })
    if (forMs === 0) assert.equal(cooldown, undefined)
    else {
      const retryAfter = status === 429 && retryAfterMs !== undefined
      const reason = `${status}`
      assert.deepEqual(cooldown, { forMs, reason, strikes: strikes + 1, retryAfter })
    }
  })
}

test('the only usable key cools on the vendor’s own word alone', () => {
  const status = fc.constantFrom(401, 402, 403, 429, 500, undefined)
  const retryAfter = fc.option(fc.nat(100_000), { nil: undefined })
  fc.assert(
    fc.property(
      status,
      retryAfter,
      fc.nat(2000),
      fc.nat(3),
      (code, retryAfterMs, strikes, otherUsableKeys) => {
        const cooldown = cooldownAfter({ status: code, retryAfterMs, strikes, otherUsableKeys })
        if (cooldown === undefined) return
        assert.ok(cooldown.forMs > 0)
        if (cooldown.retryAfter) assert.equal(cooldown.forMs, retryAfterMs)
        else assert.ok(otherUsableKeys > 0 && cooldown.forMs <= 600_000)
      },
    ),
  )
})
