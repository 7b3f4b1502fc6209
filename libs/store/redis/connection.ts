import { Redis, type RedisOptions } from 'ioredis'
import type { Logger } from '#observability'
import type { Site } from './sites.ts'

/** One connection that is opened at once and reopened for ever. */
export type Connection = {
  readonly redis: Redis
  /** It is up and its Redis answers. */
  responsive(): boolean
  close(): Promise<void>
}

export const connectTimeoutMs = 2_000
const reconnectCapMs = 500
const pingEveryMs = 1_000
/** Unanswered pings after which a peer counts as away. */
const silentPings = 2
/** … and after which its connection is made anew: an idle subscriber soon, the others after any freeze that must be survived. */
const subscriberPings = 6
const commandPings = 40

/** 50 ms, doubled each time, at most 500 ms, spread by 20 % so that replicas do not return as one. */
export function reconnectDelayMs(attempt: number, random: () => number): number {
  return Math.round(Math.min(50 * 2 ** (attempt - 1), reconnectCapMs) * (1 + 0.2 * random()))
}

export function openConnection(options: {
  readonly site: Site
  readonly kind: 'producer' | 'consumer' | 'subscriber'
  readonly profile: RedisOptions
  readonly logger: Logger
  readonly random: () => number
  /** The node that it leads to does not serve the site any more. */
  onMoved(): void
}): Connection {
  const { site, kind, logger } = options
  const settings: RedisOptions = {
    connectTimeout: connectTimeoutMs,
    retryStrategy: (attempt) => reconnectDelayMs(attempt, options.random),
    reconnectOnError: (error) => afterError(error, options.onMoved),
    ...site.target.options,
    ...options.profile,
  }
  const redis = site.target.url === undefined ? new Redis(settings) : new Redis(site.target.url, settings)
  watch(redis, { connection: kind, site: site.id }, logger)
  if (kind !== 'subscriber') gatherWrites(redis)
  const { probe } = site
  const ping = async () => {
    // Only a command with a key is told that its slot has moved; a subscriber may send none.
    await (probe === undefined || kind === 'subscriber' ? redis.ping() : redis.exists(probe))
  }
  const unanswered = reconnectWhenSilent(redis, ping, kind === 'subscriber' ? subscriberPings : commandPings)
  // Each provider's queue listens for the connection's coming and going. Not 0 for "any": BullMQ adds to this number.
  redis.setMaxListeners(1_000)
  return {
    redis,
    responsive: () => redis.status === 'ready' && unanswered() < silentPings,
    close: () => end(redis),
  }
}

/** Whether to connect anew; 2 = and send the command again, which was not run. */
function afterError(error: Error, onMoved: () => void): boolean | 1 | 2 {
  if (error.message.startsWith('MOVED')) {
    onMoved()
    return 2
  }
  // A server that was promoted or demoted answers READONLY, one that a cluster has left behind CLUSTERDOWN.
  return error.message.startsWith('READONLY') || error.message.startsWith('CLUSTERDOWN')
}

/** A turn that takes long must not keep from Redis what it has sent: its answers are awaited for a second only. */
const gatheredAtMost = 16

/**
 * Commands of one turn of the event loop leave together: ioredis writes each by itself, and a system call for each was a
 * tenth of what a request costs. Order is kept, and a socket that is ended sends what waits.
 */
function gatherWrites(connection: Redis): void {
  const send = connection.sendCommand.bind(connection)
  let gathering: NetStream | undefined
  let gathered = 0
  const release = () => {
    gathering?.uncork()
    gathering = undefined
    gathered = 0
  }
  connection.sendCommand = (command, stream) => {
    if (gathering === undefined && connection.status === 'ready') {
      gathering = connection.stream
      gathering.cork()
      setImmediate(release)
    }
    const sent = send(command, stream)
    gathered += 1
    if (gathered === gatheredAtMost) {
      gathering?.uncork()
      gathering?.cork()
      gathered = 0
    }
    return sent
  }
}

type NetStream = Redis['stream']

/**
 * A peer that vanished without a word (host lost, NAT entry dropped) leaves a socket that looks open for 15 minutes, an idle
 * subscriber's for ever. Pings are counted, not timed: a process that was frozen itself must not judge. Returns how many
 * are unanswered.
 */
function reconnectWhenSilent(redis: Redis, ping: () => Promise<void>, limit: number): () => number {
  let unanswered = 0
  const heard = () => {
    unanswered = 0
  }
  const timer = setInterval(() => {
    if (redis.status !== 'ready') return
    if (unanswered >= limit) {
      heard()
      redis.disconnect(true)
      return
    }
    unanswered += 1
    // A ping that fails was not heard; it is counted already.
    ping().then(heard, () => {})
  }, pingEveryMs)
  timer.unref()
  redis.on('ready', heard)
  redis.once('end', () => clearInterval(timer))
  return () => unanswered
}

/** One line when a connection is lost and one when it is back, however many attempts lie between. */
function watch(
  redis: Redis,
  names: { readonly connection: string; readonly site: string },
  logger: Logger,
): void {
  let away = false
  redis.on('error', (error: Error & { code?: string }) => {
    if (!away) logger.warn({ ...names, code: error.code ?? error.name }, 'redis connection failed')
    away = true
  })
  redis.on('ready', () => {
    if (away) logger.info(names, 'redis connection is back')
    away = false
  })
}

/** While ioredis waits to reconnect there is no socket whose end could be awaited, and it says nothing. */
async function end(redis: Redis): Promise<void> {
  if (redis.status === 'end') return
  const ended = new Promise<void>((resolve) => {
    redis.once('end', resolve)
    redis.once('close', resolve)
  })
  const connected = ['ready', 'connect', 'connecting'].includes(redis.status)
  redis.disconnect()
  if (connected) await ended
}
