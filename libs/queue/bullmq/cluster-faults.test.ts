import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { parseRedisAddress } from '#config'
import type { RedisAddress } from '#contract'
import { canRunRedisCluster, startRedisCluster, until } from '#testing'
import { answer, suiteLimits as limits, submission, textOf } from '../helpers.suite.ts'
import { freshPrefix, openSide } from '../redis-ends.suite.ts'

const skip = !(await canRunRedisCluster()) && 'a cluster needs redis-server or valkey-server on PATH'

function addressOf(url: string): RedisAddress {
  const parsed = parseRedisAddress(url)
  assert.ok(parsed.ok)
  return parsed.value
}

/** What a cluster does under our feet: each time the next requests find their provider where it is now. */
describe('a Redis Cluster that changes', { skip, timeout: 90_000 }, () => {
  test('a slot that moves, and a master that dies, are followed by everyone', async (context) => {
    const cluster = await startRedisCluster()
    const prefix = freshPrefix()
    const sides = await Promise.all([
      openSide(addressOf(cluster.url), prefix),
      openSide(addressOf(cluster.url), prefix),
    ])
    context.after(async () => {
      await Promise.all(sides.map((side) => side.close()))
      await cluster.close()
    })
    const [api, worker] = sides
    await worker.broker.consume({ provider: 'openai', limits, process: answer })
    const works = async (body: string) => textOf(await api.broker.submit(submission({ body })))
    const worksSoon = (what: string) =>
      until(async () => (await works('again').catch(() => '')) === 'echo again', { what, timeoutMs: 30_000 })
    assert.equal(await works('first'), 'echo first')

    const from = await cluster.nodeOf('openai')
    const to = cluster.nodes.find((node) => node !== from)
    assert.ok(to)
    await cluster.moveSlot('openai', to)
    await worksSoon('answers after the slot has moved')

    const replica = await cluster.addReplica(to)
    await to.kill()
    await until(async () => (await cluster.nodeOf('openai').catch(() => undefined)) === replica, {
      what: 'the replica to take over',
      timeoutMs: 30_000,
    })
    await worksSoon('answers after the failover')
  })

  test('a password is used on every connection', async (context) => {
    const cluster = await startRedisCluster()
    for (const node of cluster.nodes) await node.command('CONFIG', 'SET', 'requirepass', 's3:cret@,')
    const secured = cluster.url.replace('://', `://:${encodeURIComponent('s3:cret@,')}@`)
    const api = await openSide(addressOf(secured), freshPrefix())
    context.after(async () => {
      await api.close()
      await cluster.close()
    })
    await api.broker.consume({ provider: 'openai', limits, process: answer })
    assert.equal(await textOf(await api.broker.submit(submission({ body: 'x' }))), 'echo x')
    const written = () =>
      api.store.records.set('a', '1', 10_000).then(
        () => true,
        () => false,
      )
    await until(written, { what: 'the store to take a record' })
    assert.equal(await api.store.records.get('a'), '1')
  })
})
