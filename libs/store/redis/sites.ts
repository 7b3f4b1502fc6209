import { createHash } from 'node:crypto'
import type { RedisOptions } from 'ioredis'
import type { RedisAddress } from '#contract'
import { createTopology, nodeOptions } from './cluster-topology.ts'
import { slotConnector } from './slot-connector.ts'

/*
 * A site is what shares connections, subscriptions and a clock:
 *
 *   one Redis        one site for all providers
 *   several          one site each; a provider is at the one that the configuration names, else where its id hashes to
 *   a cluster        one site for each provider, whose connections go to the node that has its slot now
 */
export type Site = {
  readonly id: string
  /** What to hand to ioredis. */
  readonly target: { readonly url?: string; readonly options: RedisOptions }
  /** In a cluster channels lie in a slot as keys do, and are spoken on with SPUBLISH and SSUBSCRIBE. */
  readonly sharded: boolean
  /** The name of a channel of ours there. */
  channel(name: string): string
  /** A key that a node answers MOVED to when the site is not there any more. */
  readonly probe?: string
}

export type Sites = {
  of(provider: string): Site
  /** All that are known: of a cluster those that were asked for. */
  all(): readonly Site[]
  /** Where a key lies that is no provider's; of a cluster nobody asks, there its own hash says. */
  ofName(name: string): Site
}

export function createSites(address: RedisAddress, keyPrefix: string): Sites {
  return address.kind === 'servers' ? serverSites(address, keyPrefix) : clusterSites(address, keyPrefix)
}

function serverSites({ urls, places }: Extract<RedisAddress, { kind: 'servers' }>, keyPrefix: string): Sites {
  const sites = urls.map(
    (url, index): Site => ({
      id: String(index),
      target: { url, options: {} },
      sharded: false,
      channel: (name) => `${keyPrefix}:${name}`,
    }),
  )
  const at = (index: number) => sites[index] ?? (sites[0] as Site)
  const chosen = new Map<string, Site>()
  return {
    of(provider) {
      const before = chosen.get(provider)
      if (before !== undefined) return before
      const site = at(places[provider] ?? rendezvous(provider, sites.length))
      chosen.set(provider, site)
      return site
    },
    all: () => sites,
    ofName: (name) => at(rendezvous(name, sites.length)),
  }
}

/** Rendezvous hashing by place: one more at the end of the list takes its share from all others and moves nothing else. */
export function rendezvous(name: string, count: number): number {
  if (count === 1) return 0
  let best = 0
  let bestWeight = -1
  for (let index = 0; index < count; index++) {
    const weight = createHash('sha1').update(`${index} ${name}`).digest().readUInt32BE(0)
    if (weight <= bestWeight) continue
    best = index
    bestWeight = weight
  }
  return best
}

function clusterSites(address: Extract<RedisAddress, { kind: 'cluster' }>, keyPrefix: string): Sites {
  const topology = createTopology(address)
  const sites = new Map<string, Site>()

  function of(tag: string): Site {
    const before = sites.get(tag)
    if (before !== undefined) return before
    const site: Site = {
      id: tag,
      target: { options: { ...nodeOptions(address), Connector: slotConnector(topology, tag) } },
      sharded: true,
      channel: (name) => `${keyPrefix}:{${tag}}:${name}`,
      probe: `${keyPrefix}:{${tag}}:here`,
    }
    sites.set(tag, site)
    return site
  }

  return {
    of,
    all: () => [...sites.values()],
    ofName: of,
  }
}
