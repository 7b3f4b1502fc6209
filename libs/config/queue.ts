import type { RedisAddress } from '#contract'
import { defaults } from './defaults.ts'
import { type Environment, firstSet } from './environment.ts'
import type { Findings } from './problems.ts'
import { parseRedisAddress } from './redis-address.ts'
import type { ConfigFile } from './schema.ts'
import type { QueueConfig } from './types.ts'

type Options = {
  readonly queue: ConfigFile['queue']
  readonly environment: Environment
  /** `undefined` where some of them could not be read. */
  readonly providers: Readonly<Record<string, unknown>> | undefined
  readonly findings: Findings
}

export function resolveQueue(options: Options): QueueConfig {
  const { queue = {} } = options
  const redis = resolveRedis(options)
  return {
    redisUrl: redis?.text,
    providerRedis: resolvePlaces(options, redis?.address),
    keyPrefix: queue.key_prefix ?? defaults.queueKeyPrefix,
    maxWaitMs: Math.round((queue.max_wait_in_seconds ?? defaults.maxQueueWaitSeconds) * 1000),
    tenantShare: queue.tenant_share ?? defaults.tenantShare,
  }
}

function resolveRedis({ queue = {}, environment, findings }: Options) {
  const variable = firstSet(environment, ['REDIS_URL'])
  const written = queue.redis_url
  if (variable !== undefined && written !== undefined && variable.value !== written) {
    findings.warning(['queue', 'redis_url'], 'Not used: the environment variable REDIS_URL is set and wins.')
  }
  const text = (variable?.value ?? written)?.trim()
  if (text === undefined) return undefined
  const checked = parseRedisAddress(text)
  if (checked.ok) return { text, address: checked.value }
  findings.problem(variable === undefined ? ['queue', 'redis_url'] : 'REDIS_URL', checked.message)
  return undefined
}

function resolvePlaces(
  { queue = {}, providers, findings }: Options,
  address: RedisAddress | undefined,
): QueueConfig['providerRedis'] {
  const places = queue.provider_redis ?? {}
  if (address === undefined && Object.keys(places).length > 0)
    findings.warning(['queue', 'provider_redis'], 'Not used: neither redis_url nor REDIS_URL names a Redis.')
  const count = address?.kind === 'servers' ? address.urls.length : 0
  for (const [provider, place] of Object.entries(places)) {
    const path = ['queue', 'provider_redis', provider]
    if (address?.kind === 'cluster') {
      findings.problem(path, 'a Redis Cluster places providers itself; leave provider_redis out.')
    } else if (providers !== undefined && providers[provider] === undefined) {
      findings.problem(path, 'no provider of that id is configured; name one of "providers".')
    } else if (address !== undefined && place >= count) {
      findings.problem(
        path,
        `must be at most ${count - 1}: redis_url (or REDIS_URL) names ${count} Redis, counted from 0.`,
      )
    }
  }
  return places
}
