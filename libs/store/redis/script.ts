import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { ChainableCommander, Redis } from 'ioredis'

/** A Lua script that is sent whole once per server and by its digest from then on. */
export type Script = {
  run(connection: Redis, keys: readonly string[], args: readonly (string | number)[]): Promise<unknown>
  /**
   * Whole each time, for what must take effect in the order in which it was sent: a digest that the server does not know
   * is sent again, behind later ones that another process has made known meanwhile.
   */
  runInOrder(connection: Redis, keys: readonly string[], args: readonly (string | number)[]): Promise<unknown>
  /** As part of a pipeline, whole each time: there nobody could answer that the server does not know it. */
  queue(pipeline: ChainableCommander, keys: readonly string[], args: readonly (string | number)[]): void
}

/** Reads a script from a file beside the caller (`import.meta.url`). */
export function loadScript(file: string, from: string): Script {
  const source = readFileSync(new URL(file, from), 'utf8')
  const digest = createHash('sha1').update(source).digest('hex')
  return {
    async run(connection, keys, args) {
      try {
        return await connection.evalsha(digest, keys.length, ...keys, ...args)
      } catch (error) {
        if (!(error instanceof Error) || !error.message.startsWith('NOSCRIPT')) throw error
        return connection.eval(source, keys.length, ...keys, ...args)
      }
    },
    runInOrder: (connection, keys, args) => connection.eval(source, keys.length, ...keys, ...args),
    queue(pipeline, keys, args) {
      pipeline.eval(source, keys.length, ...keys, ...args)
    },
  }
}
