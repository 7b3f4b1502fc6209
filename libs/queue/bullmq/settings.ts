import type { Redis } from 'ioredis'
import type { Logger } from '#observability'
import type { QueueLimits } from '../broker.ts'
import type { Keys } from './keys.ts'
import type { Producer } from './producer.ts'

/** What is in force now, if Redis knows. */
export async function readLimits(
  connection: Redis,
  keys: Keys,
  provider: string,
): Promise<QueueLimits | undefined> {
  const [concurrency, bufferSize] = await connection.hmget(keys.limits(provider), 'concurrency', 'bufferSize')
  if (typeof concurrency !== 'string' || typeof bufferSize !== 'string') return undefined
  return { concurrency: Number(concurrency), bufferSize: Number(bufferSize) }
}

/**
 * Writes a queue's settings where they differ and logs both values. They hold for all replicas: `concurrency` is
 * BullMQ's global concurrency, `bufferSize` is read by the admission script.
 */
export async function writeSettings(options: {
  readonly connection: Redis
  readonly keys: Keys
  readonly producer: Producer
  readonly provider: string
  readonly limits: QueueLimits
  readonly logger: Logger
}): Promise<void> {
  const { connection, keys, producer, provider, limits, logger } = options
  const [concurrency, bufferSize] = await connection.hmget(keys.limits(provider), 'concurrency', 'bufferSize')
  const effective = await connection.hget(keys.bull(provider, 'meta'), 'concurrency')
  // Everyone who opens the queue says so, but a Redis that lost its data has forgotten it.
  await connection.hset(keys.bull(provider, 'meta'), 'opts.maxLenEvents', 0)
  const before = { concurrency: numberOf(effective ?? concurrency), bufferSize: numberOf(bufferSize) }
  if (before.concurrency === limits.concurrency && before.bufferSize === limits.bufferSize) return
  logger.info({ provider, before, after: limits }, 'queue settings written')
  await connection.hset(keys.limits(provider), { ...limits })
  await producer.queue(provider).setGlobalConcurrency(limits.concurrency)
  // Workers that sleep because the old cap was reached look again only when the marker is set.
  await connection.zadd(keys.bull(provider, 'marker'), 0, '0')
}

function numberOf(text: string | null | undefined): number | undefined {
  return text === null || text === undefined ? undefined : Number(text)
}
