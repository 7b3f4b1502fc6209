import { Redis, type RedisOptions } from 'ioredis'
import type { RedisAddress } from '#contract'

export type ClusterAddress = Extract<RedisAddress, { kind: 'cluster' }>
export type Node = { readonly host: string; readonly port: number }

/** Who has which slot, asked anew whenever a connection is made. */
export type Topology = {
  /** The node that serves the keys with this hash tag. Rejects when no node answers, or nobody serves them. */
  ownerOf(tag: string): Promise<Node>
}

type Range = { readonly first: number; readonly last: number; readonly owner: Node }

const askLimitMs = 1_000
/** Connections that are lost together ask together. */
const keptMs = 100

export function createTopology(address: ClusterAddress): Topology {
  const slots = new Map<string, number>()
  let known: readonly Node[] = address.seeds
  let latest: { readonly untilMs: number; readonly ranges: Promise<readonly Range[]> } | undefined

  /** The first node that answers: those that were heard of last, then those of the configuration. */
  async function ask<T>(question: (node: Redis, self: Node) => Promise<T>): Promise<T> {
    let failure: unknown
    for (const self of [...known, ...address.seeds]) {
      const node = new Redis({ ...nodeOptions(address), ...self, ...shortLived })
      node.on('error', () => {})
      try {
        await node.connect()
        return await question(node, self)
      } catch (error) {
        failure = error
      } finally {
        node.disconnect()
      }
    }
    throw failure
  }

  async function slotOf(tag: string): Promise<number> {
    const before = slots.get(tag)
    if (before !== undefined) return before
    const slot = Number(await ask((node) => node.cluster('KEYSLOT', `{${tag}}`)))
    slots.set(tag, slot)
    return slot
  }

  async function read(): Promise<readonly Range[]> {
    const ranges = await ask(async (node, self) => rangesOf(await node.cluster('SLOTS'), self))
    known = [...new Map(ranges.map(({ owner }) => [`${owner.host}:${owner.port}`, owner])).values()]
    return ranges
  }

  function ranges(): Promise<readonly Range[]> {
    const nowMs = performance.now()
    if (latest === undefined || nowMs > latest.untilMs) latest = { untilMs: nowMs + keptMs, ranges: read() }
    return latest.ranges
  }

  return {
    async ownerOf(tag) {
      const [slot, all] = await Promise.all([slotOf(tag), ranges()])
      const range = all.find(({ first, last }) => first <= slot && slot <= last)
      if (range === undefined) throw new Error(`no node of the cluster serves slot ${slot} of "${tag}"`)
      return range.owner
    },
  }
}

/** How any node is spoken to. */
export function nodeOptions({ tls, username, password }: ClusterAddress): RedisOptions {
  return {
    ...(tls && { tls: {} }),
    ...(username !== undefined && { username }),
    ...(password !== undefined && { password: password.reveal() }),
  }
}

const shortLived: RedisOptions = {
  lazyConnect: true,
  connectTimeout: askLimitMs,
  commandTimeout: askLimitMs,
  enableReadyCheck: false,
  disableClientInfo: true,
  retryStrategy: null,
}

/** `CLUSTER SLOTS`: [first, last, [host, port, …] of the owner, …]; an empty host is the one that was asked. */
function rangesOf(reply: unknown, self: Node): readonly Range[] {
  return (reply as [number, number, [string | null, number]][]).map(([first, last, [host, port]]) => ({
    first: Number(first),
    last: Number(last),
    owner: { host: host === null || host === '' ? self.host : host, port: Number(port) },
  }))
}
