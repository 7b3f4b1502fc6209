import type { Records } from '../store.ts'
import { answered } from './answered.ts'
import type { Connections } from './connections.ts'

/**
 * Records as plain Redis strings with an expiry, on the connection that fails at once while Redis is away. They belong to
 * no provider: a conversation may go from one to another.
 */
export function createRedisRecords(options: {
  readonly connections: Connections
  readonly keyPrefix: string
}): Records {
  const connection = () => options.connections.producer('')
  const nameOf = (key: string) => `${options.keyPrefix}:record:${key}`
  return {
    async set(key, value, ttlMs) {
      await answered(connection().set(nameOf(key), value, 'PX', Math.max(1, Math.ceil(ttlMs))))
    },
    async add(key, value, ttlMs) {
      const name = nameOf(key)
      const answer = connection().set(name, value, 'PX', Math.max(1, Math.ceil(ttlMs)), 'NX')
      return (await answered(answer)) === 'OK'
    },
    async get(key) {
      return (await answered(connection().get(nameOf(key)))) ?? undefined
    },
    async getMany(keys) {
      if (keys.length === 0) return []
      const values = await answered(connection().mget(...keys.map(nameOf)))
      return values.map((value) => value ?? undefined)
    },
    async delete(key) {
      return (await answered(connection().del(nameOf(key)))) > 0
    },
  }
}
