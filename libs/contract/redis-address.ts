import type { Secret } from './secret.ts'

/** Where the queues are kept. */
export type RedisAddress =
  | {
      /** One Redis, or several that know nothing of each other: each provider has its place on one of them. */
      readonly kind: 'servers'
      /** `redis://` or `rediss://`, at least one. */
      readonly urls: readonly string[]
      /** Provider → index into `urls`; the others are spread by their id. */
      readonly places: Readonly<Record<string, number>>
    }
  | {
      /** A Redis Cluster: each provider has its place where its hash slot is. */
      readonly kind: 'cluster'
      /** Some of its nodes; one that answers is enough. */
      readonly seeds: readonly { readonly host: string; readonly port: number }[]
      readonly tls: boolean
      readonly username?: string
      readonly password?: Secret
    }
