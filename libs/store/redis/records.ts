import { Cluster, type Redis } from 'ioredis'
import type { Records } from '../store.ts'
import { answered } from './answered.ts'
import type { Connections } from './connections.ts'

/**
 * Records as plain Redis strings with an expiry, on the connection that fails at once while Redis is away. They belong to
 * no provider: a conversation may go from one to another. Where there are several Redis each key has its place on one.
 */
export function createRedisRecords(options: {
  readonly connections: Connections
  readonly keyPrefix: string
}): Records {
  const { connections } = options
  const nameOf = (key: string) => `${options.keyPrefix}:record:${key}`
  return {
    async set(key, value, ttlMs) {
      await answered(connections.keyed(key).set(nameOf(key), value, 'PX', Math.max(1, Math.ceil(ttlMs))))
    },
    async add(key, value, ttlMs) {
      const name = nameOf(key)
      const answer = connections.keyed(key).set(name, value, 'PX', Math.max(1, Math.ceil(ttlMs)), 'NX')
      return (await answered(answer)) === 'OK'
    },
    async get(key) {
      return (await answered(connections.keyed(key).get(nameOf(key)))) ?? undefined
    },
    async getMany(keys) {
      if (keys.length === 0) return []
      return answered(readMany(connections, keys, nameOf))
    },
    async delete(key) {
      return (await answered(connections.keyed(key).del(nameOf(key)))) > 0
    },
  }
}

/** One command for each connection that they lie behind; a cluster takes one for each key. */
async function readMany(
  connections: Connections,
  keys: readonly string[],
  nameOf: (key: string) => string,
): Promise<readonly (string | undefined)[]> {
  const byConnection = new Map<Redis | Cluster, string[]>()
  for (const key of keys) {
    const connection = connections.keyed(key)
    const together = byConnection.get(connection)
    if (together === undefined) byConnection.set(connection, [key])
    else together.push(key)
  }
  const values = new Map<string, string | null | undefined>()
  await Promise.all(
    [...byConnection].map(async ([connection, together]) => {
      const names = together.map(nameOf)
      const found =
        connection instanceof Cluster
          ? await Promise.all(names.map((name) => connection.get(name)))
          : await connection.mget(...names)
      together.forEach((key, index) => {
        values.set(key, found[index])
      })
    }),
  )
  return keys.map((key) => values.get(key) ?? undefined)
}
