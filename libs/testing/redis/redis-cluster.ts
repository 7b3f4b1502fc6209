import { until } from '../conditions.ts'
import { freePort } from '../ports.ts'
import { ensureRedis } from './find-redis.ts'
import { type RedisHarness, startRedis } from './redis.ts'

const slots = 16_384

/**
 * A real Redis Cluster of one's own on 127.0.0.1: masters that share all slots evenly, none without a replica but those
 * that are given one. One that is away takes only its own slots with it.
 */
export type RedisCluster = {
  /** As the product's configuration names it. */
  readonly url: string
  readonly nodes: readonly RedisHarness[]
  /** The node that serves the keys with this hash tag now. */
  nodeOf(tag: string): Promise<RedisHarness>
  /** Gives a node a replica that takes over about two seconds after it has died. */
  addReplica(of: RedisHarness): Promise<RedisHarness>
  /** Moves the slot of this hash tag, keys and all, to another node. */
  moveSlot(tag: string, to: RedisHarness): Promise<void>
  close(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

/** Whether this machine can run one: a container does not reach another one's cluster bus. */
export async function canRunRedisCluster(): Promise<boolean> {
  return (await ensureRedis()).kind === 'process'
}

export async function startRedisCluster({ masters = 3 } = {}): Promise<RedisCluster> {
  const nodes = await Promise.all(Array.from({ length: masters }, startNode))
  const close = async () => {
    await Promise.all(nodes.map((node) => node.close()))
  }
  try {
    await shareSlots(nodes)
    await join(nodes)
  } catch (error) {
    await close()
    throw error
  }

  async function nodeOf(tag: string): Promise<RedisHarness> {
    const slot = Number(await anyAlive(nodes, ['CLUSTER', 'KEYSLOT', `{${tag}}`]))
    const ranges = (await anyAlive(nodes, ['CLUSTER', 'NODES'])).split('\n').map(parseNode)
    const owner = ranges.find(({ has }) => has(slot))
    const node = nodes.find(({ port }) => port === owner?.port)
    if (node === undefined) throw new Error(`no node of the cluster serves slot ${slot} of "${tag}"`)
    return node
  }

  return {
    url: `redis-cluster://${nodes.map(({ port }) => `127.0.0.1:${port}`).join(',')}`,
    nodes,
    nodeOf,
    async addReplica(of) {
      const replica = await startNode()
      nodes.push(replica)
      await join(nodes)
      await replica.command('CLUSTER', 'REPLICATE', await of.command('CLUSTER', 'MYID'))
      await until(
        async () => (await replica.command('INFO', 'replication')).includes('master_link_status:up'),
        {
          what: 'the replica to follow its master',
          timeoutMs: 15_000,
        },
      )
      return replica
    },
    async moveSlot(tag, to) {
      const from = await nodeOf(tag)
      const slot = await from.command('CLUSTER', 'KEYSLOT', `{${tag}}`)
      const target = await to.command('CLUSTER', 'MYID')
      await to.command('CLUSTER', 'SETSLOT', slot, 'IMPORTING', await from.command('CLUSTER', 'MYID'))
      await from.command('CLUSTER', 'SETSLOT', slot, 'MIGRATING', target)
      for (;;) {
        const keys = (await from.command('CLUSTER', 'GETKEYSINSLOT', slot, '100')).split('\n').filter(Boolean)
        if (keys.length === 0) break
        await from.command('MIGRATE', '127.0.0.1', String(to.port), '', '0', '2000', 'KEYS', ...keys)
      }
      for (const node of [to, from]) await node.command('CLUSTER', 'SETSLOT', slot, 'NODE', target)
    },
    close,
    [Symbol.asyncDispose]: close,
  }
}

async function startNode(): Promise<RedisHarness> {
  return startRedis({
    args: [
      ...['--cluster-enabled', 'yes'],
      // Not the port + 10,000 of the default: there the system gives ports to connections.
      ...['--cluster-port', String(await freePort())],
      ...['--cluster-node-timeout', '1500'],
      ...['--cluster-require-full-coverage', 'no'],
    ],
  })
}

async function shareSlots(nodes: readonly RedisHarness[]): Promise<void> {
  const first = (index: number) => Math.floor((index * slots) / nodes.length)
  for (const [index, node] of nodes.entries()) {
    await node.command('CLUSTER', 'ADDSLOTSRANGE', String(first(index)), String(first(index + 1) - 1))
    await node.command('CLUSTER', 'SET-CONFIG-EPOCH', String(index + 1))
  }
}

/** Resolves when each knows all and has nothing to wait for. */
async function join(nodes: readonly RedisHarness[]): Promise<void> {
  const [first, ...others] = nodes
  for (const { port, command } of others) {
    const [, busPort = ''] = (await command('CONFIG', 'GET', 'cluster-port')).split('\n')
    await first?.command('CLUSTER', 'MEET', '127.0.0.1', String(port), busPort)
  }
  for (const node of nodes) {
    await until(
      async () => {
        const info = await node.command('CLUSTER', 'INFO')
        return info.includes('cluster_state:ok') && info.includes(`cluster_known_nodes:${nodes.length}`)
      },
      { what: `the cluster to form around port ${node.port}`, timeoutMs: 15_000 },
    )
  }
}

async function anyAlive(nodes: readonly RedisHarness[], command: readonly string[]): Promise<string> {
  const answers = await Promise.allSettled(nodes.map((node) => node.command(...command)))
  const alive = answers.find((answer) => answer.status === 'fulfilled')
  if (alive === undefined) throw new Error('no node of the cluster answers')
  return alive.value
}

/** A line of `CLUSTER NODES`: id ip:port@bus flags master ping pong epoch link slots… */
function parseNode(line: string): { readonly port: number; has(slot: number): boolean } {
  const [, address = '', flags = '', , , , , , ...ranges] = line.trim().split(' ')
  const spans = ranges.filter((range) => !range.startsWith('[')).map((range) => range.split('-').map(Number))
  return {
    port: Number(address.split('@')[0]?.split(':').pop()),
    has: (slot) =>
      flags.includes('master') &&
      !flags.includes('fail') &&
      spans.some(([first = -1, last = first]) => first <= slot && slot <= last),
  }
}
