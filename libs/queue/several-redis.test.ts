import { after, before, describe } from 'node:test'
import { parseRedisAddress } from '#config'
import type { RedisAddress } from '#contract'
import {
  canRunRedisCluster,
  type RedisCluster,
  type RedisHarness,
  startRedis,
  startRedisCluster,
} from '#testing'
import { queueConformance } from './conformance.suite.ts'
import { hopConformance } from './conformance-hops.suite.ts'
import { policyConformance } from './conformance-policy.suite.ts'
import { replyConformance } from './conformance-replies.suite.ts'
import { turnsConformance } from './conformance-turns.suite.ts'
import { uploadConformance } from './conformance-uploads.suite.ts'
import { createEndlessWindows, type Ends } from './helpers.suite.ts'
import { freshPrefix, openSide } from './redis-ends.suite.ts'

/** Two brokers as in two processes: nothing in common but what the address names. */
async function endsAt(address: RedisAddress): Promise<Ends> {
  const prefix = freshPrefix()
  const windows = createEndlessWindows()
  const sides = await Promise.all([openSide(address, prefix, windows), openSide(address, prefix, windows)])
  const [api, worker] = sides
  return {
    api: api.broker,
    worker: worker.broker,
    windows,
    close: async () => {
      await Promise.all(sides.map((side) => side.close()))
    },
  }
}

function conformance(name: string, connect: () => Promise<Ends>): void {
  queueConformance(name, connect)
  replyConformance(name, connect)
  uploadConformance(name, connect)
  policyConformance(name, connect)
  turnsConformance(name, connect)
  hopConformance(name, connect)
}

const skip = !(await canRunRedisCluster()) && 'a cluster needs redis-server or valkey-server on PATH'

describe('the broker on a Redis Cluster', { skip }, () => {
  let cluster: RedisCluster
  before(async () => {
    cluster = await startRedisCluster()
  })
  after(() => cluster.close())
  conformance('cluster', () => {
    const parsed = parseRedisAddress(cluster.url)
    if (!parsed.ok) throw new Error(parsed.message)
    return endsAt(parsed.value)
  })
})

describe('the broker on two Redis', () => {
  let servers: readonly RedisHarness[]
  before(async () => {
    servers = await Promise.all([startRedis(), startRedis()])
  })
  after(() => Promise.all(servers.map((server) => server.close())))
  // A hop of the suites leads from one to the other.
  const places = { openai: 1, first: 0, second: 1 }
  conformance('two redis', () => endsAt({ kind: 'servers', urls: servers.map(({ url }) => url), places }))
})
