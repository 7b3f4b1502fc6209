import { Cluster, type Redis, type RedisOptions } from 'ioredis'
import type { RedisAddress } from '#contract'
import type { Logger } from '#observability'
import { type ClusterAddress, nodeOptions } from './cluster-topology.ts'
import { type Connection, connectTimeoutMs, openConnection, reconnectDelayMs } from './connection.ts'
import { createSites, type Site } from './sites.ts'

/**
 * The three kinds of connection, each once for every site. All are opened at once and reopened for ever; each has its
 * own way of failing:
 *
 *   producer    fails at once while Redis is away, and 5 s after a command that got no answer; never re-sends one.
 *               Who must be faster than that limits its own wait, knowing how busy its own process is.
 *   consumer    waits for Redis (BullMQ's workers)
 *   subscriber  fails like a producer; subscriptions are taken up again after a reconnect
 *
 * Callers name the provider, never a Redis: which one it is (`sites.ts`) may change under the connection.
 */
export type Connections = {
  producer(provider: string): Redis
  consumer(provider: string): Redis
  subscriber(provider: string): Redis
  /** Fails like a producer, for commands on one key that belongs to no provider. */
  keyed(name: string): Redis | Cluster
  site(provider: string): Site
  /** The sites that are known. */
  sites(): readonly Site[]
  /** Every opened connection of the provider's site is up and its Redis answers; without one: of any site. */
  responsive(provider?: string): boolean
  close(): Promise<void>
}

type Kind = 'producer' | 'consumer' | 'subscriber'

const commandTimeoutMs = 5_000
/** How soon a node of a cluster that has come back is asked again for what belongs to no provider. */
const slotsRefreshMs = 5_000

const failFast: RedisOptions = {
  enableOfflineQueue: false,
  maxRetriesPerRequest: 1,
  commandTimeout: commandTimeoutMs,
  autoResendUnfulfilledCommands: false,
}

const profiles: Readonly<Record<Kind, RedisOptions>> = {
  producer: failFast,
  consumer: { maxRetriesPerRequest: null },
  // Its users subscribe anew at every 'ready'; ioredis would too, with nobody to catch it when that times out.
  subscriber: { ...failFast, autoResubscribe: false },
}

export function createConnections(options: {
  readonly address: RedisAddress
  readonly keyPrefix: string
  /** Of a cluster: those whose sites are opened at once. */
  readonly providers: readonly string[]
  readonly logger: Logger
  readonly random: () => number
}): Connections {
  const { address } = options
  const sites = createSites(address, options.keyPrefix)
  const opened = new Map<string, Map<Kind, Connection>>()
  const cluster = address.kind === 'cluster' ? openCluster({ ...options, address }) : undefined

  function at(site: Site): Map<Kind, Connection> {
    const existing = opened.get(site.id)
    if (existing !== undefined) return existing
    const connections = new Map<Kind, Connection>()
    opened.set(site.id, connections)
    return connections
  }

  function open(kind: Kind, site: Site): Redis {
    const connections = at(site)
    const existing = connections.get(kind)
    if (existing !== undefined) return existing.redis
    const onMoved = () => reconnectAll(connections)
    const connection = openConnection({ ...options, site, kind, profile: profiles[kind], onMoved })
    connections.set(kind, connection)
    return connection.redis
  }

  for (const provider of options.providers) sites.of(provider)
  // What everything needs; the other kinds are opened by who uses them.
  for (const site of sites.all()) open('producer', site)

  const isResponsive = (site: Site) => {
    const connections = [...at(site).values()]
    return connections.length > 0 && connections.every((connection) => connection.responsive())
  }

  return {
    producer: (provider) => open('producer', sites.of(provider)),
    consumer: (provider) => open('consumer', sites.of(provider)),
    subscriber: (provider) => open('subscriber', sites.of(provider)),
    keyed(name) {
      return cluster ?? open('producer', sites.ofName(name))
    },
    site: sites.of,
    sites: sites.all,
    responsive(provider) {
      if (provider !== undefined) return isResponsive(sites.of(provider))
      return sites.all().some(isResponsive) && (cluster === undefined || cluster.status === 'ready')
    },
    async close() {
      cluster?.disconnect()
      const all = [...opened.values()].flatMap((connections) => [...connections.values()])
      await Promise.all(all.map((connection) => connection.close()))
    },
  }
}

/** A slot has moved: whoever has met it tells the others, of which a subscriber could not know. */
function reconnectAll(connections: ReadonlyMap<Kind, Connection>): void {
  for (const { redis } of connections.values()) if (redis.status === 'ready') redis.disconnect(true)
}

/** For keys that stand alone, in no order: there nothing is sent twice either, and a slot's move is followed at once. */
function openCluster(options: {
  readonly address: ClusterAddress
  readonly logger: Logger
  readonly random: () => number
}): Cluster {
  const cluster = new Cluster([...options.address.seeds], {
    enableOfflineQueue: false,
    retryDelayOnFailover: 0,
    retryDelayOnClusterDown: 0,
    clusterRetryStrategy: (attempt) => reconnectDelayMs(attempt, options.random),
    redisOptions: { ...nodeOptions(options.address), ...failFast, connectTimeout: connectTimeoutMs },
  })
  // Not ioredis's own interval: one that is under way while it is closed goes on for ever.
  const refresh = setInterval(() => cluster.refreshSlotsCache(), slotsRefreshMs).unref()
  cluster.once('end', () => clearInterval(refresh))
  // A node that is connected only when it is asked would refuse whoever asks meanwhile.
  cluster.on('+node', (node: Redis) => node.connect().catch(() => {}))
  let away = false
  cluster.on('error', (error: Error) => {
    if (!away) options.logger.warn({ connection: 'keyed', code: error.name }, 'redis connection failed')
    away = true
  })
  cluster.on('ready', () => {
    if (away) options.logger.info({ connection: 'keyed' }, 'redis connection is back')
    away = false
  })
  return cluster
}
