import { type RedisAddress, Secret } from '#contract'
import type { QueueConfig } from './types.ts'
import type { Checked } from './url.ts'

/*
 * How the place of the queues is written:
 *
 *   redis://host:6379                                     one Redis (rediss:// with TLS)
 *   redis://:secret@a:6379,redis://:secret@b:6379         several, each with its own credential
 *   redis-cluster://user:secret@a:7000,b:7000             a Redis Cluster by some of its nodes (rediss-cluster:// with TLS)
 */

const remedy =
  'must be a redis:// or rediss:// URL, several of them with commas between, or redis-cluster://host:port,host:port (rediss-cluster:// with TLS), for example "redis://localhost:6379".'
const startOfNext = /,(?=\s*[a-z-]+:\/\/)/i
const clusterScheme = /^(redis|rediss)-cluster:\/\//i
const defaultPort = 6379

/** Never shows the address: it may hold a credential. */
export function parseRedisAddress(text: string): Checked<RedisAddress> {
  const urls = text.split(startOfNext).map((part) => part.trim())
  const [first = ''] = urls
  if (clusterScheme.test(first)) return urls.length === 1 ? parseCluster(first) : wrong(remedy)
  if (!urls.every(isServer)) return wrong(remedy)
  if (new Set(urls.map(identityOf)).size < urls.length) {
    return wrong('names one Redis twice; each must be another server, or another database of one.')
  }
  return { ok: true, value: { kind: 'servers', urls, places: {} } }
}

/** Where a configuration that was checked says that the queues are; `undefined` = in memory. */
export function redisAddressOf({
  redisUrl,
  providerRedis,
}: Pick<QueueConfig, 'redisUrl' | 'providerRedis'>): RedisAddress | undefined {
  const parsed = redisUrl === undefined ? undefined : parseRedisAddress(redisUrl)
  if (parsed?.ok !== true) return undefined
  return parsed.value.kind === 'servers' ? { ...parsed.value, places: providerRedis } : parsed.value
}

function isServer(text: string): boolean {
  const url = URL.parse(text)
  return url !== null && (url.protocol === 'redis:' || url.protocol === 'rediss:') && url.hostname !== ''
}

function identityOf(text: string): string {
  const url = new URL(text)
  return `${url.hostname}:${url.port || defaultPort}${url.pathname.replace(/^\/$/, '')}`
}

function parseCluster(text: string): Checked<RedisAddress> {
  const rest = text.replace(clusterScheme, '').replace(/\/$/, '')
  const at = rest.lastIndexOf('@')
  const credential = at < 0 ? undefined : URL.parse(`redis://${rest.slice(0, at)}@host`)
  const seeds = rest
    .slice(at + 1)
    .split(',')
    .map((node) => URL.parse(`redis://${node.trim()}`))
  if (credential === null || !seeds.every(isNode)) return wrong(remedy)
  const username = decoded(credential?.username)
  const password = decoded(credential?.password)
  return {
    ok: true,
    value: {
      kind: 'cluster',
      seeds: seeds.map(({ hostname, port }) => ({
        host: hostname.replace(/^\[|\]$/g, ''),
        port: port === '' ? defaultPort : Number(port),
      })),
      tls: text.toLowerCase().startsWith('rediss-'),
      ...(username !== '' && { username }),
      ...(password !== '' && { password: new Secret(password) }),
    },
  }
}

/** A host and a port: a cluster has no numbered databases, and nothing else is read. */
function isNode(url: URL | null): url is URL {
  return url !== null && url.hostname !== '' && url.pathname === '' && url.search === '' && url.hash === ''
}

function decoded(text = ''): string {
  try {
    return decodeURIComponent(text)
  } catch {
    // A lone "%" stands for itself.
    return text
  }
}

function wrong(message: string): Checked<RedisAddress> {
  return { ok: false, message }
}
