import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createTokenCache } from './token-cache.ts'

/** A cache whose clock and endpoint the test holds. */
function harness(lifeMs = 3_600_000) {
  let nowMs = 0
  let asked = 0
  let failure: Error | undefined
  const get = createTokenCache({
    nowMs: () => nowMs,
    async obtain() {
      asked += 1
      if (failure !== undefined) throw failure
      return { value: `token-${asked}`, expiresAtMs: nowMs + lifeMs }
    },
  })
  return {
    get,
    asked: () => asked,
    at: (ms: number) => {
      nowMs = ms
    },
    failWith: (error: Error | undefined) => {
      failure = error
    },
  }
}

test('callers of one moment share one token, and later ones have it until five minutes before its end', async () => {
  const { get, asked, at } = harness()
  assert.deepEqual(await Promise.all([get(), get(), get()]), ['token-1', 'token-1', 'token-1'])
  at(3_299_999)
  assert.equal(await get(), 'token-1')
  assert.equal(asked(), 1)
  at(3_300_000)
  assert.equal(await get(), 'token-2')
})

test('a short life is renewed at its half', async () => {
  const { get, at } = harness(60_000)
  await get()
  at(29_999)
  assert.equal(await get(), 'token-1')
  at(30_000)
  assert.equal(await get(), 'token-2')
})

test('a failed renewal leaves the old token until its end, asked again every half minute', async () => {
  const { get, asked, at, failWith } = harness()
  await get()
  failWith(new Error('away'))
  at(3_300_000)
  assert.equal(await get(), 'token-1')
  at(3_329_999)
  assert.equal(await get(), 'token-1')
  assert.equal(asked(), 2)
  at(3_330_000)
  assert.equal(await get(), 'token-1')
  assert.equal(asked(), 3)
  at(3_600_000)
  await assert.rejects(get(), /away/)
})

test('a failure is not kept', async () => {
  const { get, failWith } = harness()
  failWith(new Error('away'))
  await assert.rejects(get(), /away/)
  failWith(undefined)
  assert.equal(await get(), 'token-2')
})
