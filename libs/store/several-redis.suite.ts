import type { RedisAddress } from '#contract'
import { createLogger } from '#observability'
import { canRunRedisCluster, startRedis, startRedisCluster, until } from '#testing'
import type { RedisStore } from './index.ts'
import { createRedisStore } from './redis/index.ts'

/** What the tests of this room speak of: in a cluster each has connections of its own, which are opened at once. */
const providers = [
  'openai',
  'azure',
  'anthropic',
  ...Array.from({ length: 15 }, (_, index) => `p${index + 1}`),
]

const twoServers = once(async (): Promise<RedisAddress> => {
  const servers = await Promise.all([startRedis(), startRedis()])
  return { kind: 'servers', urls: servers.map(({ url }) => url), places: { openai: 1, azure: 0 } }
})

const cluster = once(async (): Promise<RedisAddress> => {
  const { nodes } = await startRedisCluster()
  return { kind: 'cluster', tls: false, seeds: nodes.map(({ port }) => ({ host: '127.0.0.1', port })) }
})

/** More than one Redis: each is started once for a test file and ends with it. */
export const severalRedis: readonly (readonly [string, () => Promise<RedisAddress>])[] = [
  ['two redis', twoServers],
  ...((await canRunRedisCluster()) ? [['redis cluster', cluster] as const] : []),
]

/** A store whose Redis all answer. */
export async function openStore(url: string | RedisAddress, keyPrefix: string): Promise<RedisStore> {
  const store = createRedisStore({ url, providers, logger: createLogger({ level: 'silent' }), keyPrefix })
  for (const provider of ['openai', 'azure']) store.connections.subscriber(provider)
  await until(() => store.ready() && providers.every((provider) => store.ready(provider)))
  const keyed = store.connections.keyed('')
  if ('nodes' in keyed) await until(() => keyed.nodes().every(({ status }) => status === 'ready'))
  return store
}

function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined
  return () => {
    made ??= make()
    return made
  }
}
