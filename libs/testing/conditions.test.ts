import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { until } from './conditions.ts'

describe('until', () => {
  it('returns the first truthy value', async () => {
    let looks = 0
    assert.equal(await until(() => ++looks === 3 && looks, { intervalMs: 1 }), 3)
  })

  it('takes a throw as not yet', async () => {
    let looks = 0
    const look = async () => {
      if (++looks < 3) throw new Error('away')
      return 'here'
    }
    assert.equal(await until(look, { intervalMs: 1 }), 'here')
  })

  it('says what never came, and why', async () => {
    const look = () => {
      throw new Error('the reason')
    }
    await assert.rejects(until(look, { timeoutMs: 5, intervalMs: 1, what: 'spring' }), (error: unknown) => {
      assert.ok(error instanceof Error && error.cause instanceof Error)
      assert.equal(error.message, 'Waited 5 ms for spring, which never came.')
      assert.equal(error.cause.message, 'the reason')
      return true
    })
  })
})
