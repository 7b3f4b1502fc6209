import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { until } from '../conditions.ts'
import { canRunRedisCluster, startRedisCluster } from './index.ts'

const skip = !(await canRunRedisCluster()) && 'a cluster needs redis-server or valkey-server on PATH'

describe('a Redis Cluster', { skip }, () => {
  it('serves every slot from one of three masters, moves one, and outlives a node', async () => {
    await using cluster = await startRedisCluster()
    assert.match(cluster.url, /^redis-cluster:\/\/127\.0\.0\.1:\d+,127\.0\.0\.1:\d+,127\.0\.0\.1:\d+$/)
    const [a, b, c] = cluster.nodes
    assert.ok(a && b && c)

    const node = await cluster.nodeOf('openai')
    assert.equal(await node.command('SET', '{openai}:x', 'kept'), 'OK')
    const other = node === a ? b : a
    await assert.rejects(other.command('GET', '{openai}:x'), /MOVED/)
    await cluster.moveSlot('openai', other)
    assert.equal(await cluster.nodeOf('openai'), other)
    assert.equal(await other.command('GET', '{openai}:x'), 'kept')

    const third = [a, b, c].find((each) => each !== node && each !== other)
    assert.ok(third)
    await third.kill()
    assert.equal(await other.command('GET', '{openai}:x'), 'kept')
    await third.start()
    await until(async () => (await third.command('CLUSTER', 'INFO')).includes('cluster_state:ok'))
  })

  it('gives its slots to a replica when a master dies', async () => {
    await using cluster = await startRedisCluster()
    const master = await cluster.nodeOf('openai')
    const replica = await cluster.addReplica(master)
    await master.command('SET', '{openai}:x', 'kept')
    await until(async () => Number(await master.command('WAIT', '1', '1000')) === 1)
    await master.kill()
    await until(async () => (await cluster.nodeOf('openai').catch(() => undefined)) === replica, {
      what: 'the replica to take over',
      timeoutMs: 20_000,
    })
    assert.equal(await replica.command('GET', '{openai}:x'), 'kept')
  })
})
