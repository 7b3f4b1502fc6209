import { Redis, type RedisOptions } from 'ioredis'
import type { Logger } from '#observability'

/**
 * The three kinds of connection. All are opened at once and reopened for ever; each has its own way of failing:
 *
 *   producer    fails at once while Redis is away, and 5 s after a command that got no answer; never re-sends one.
 *               Who must be faster than that limits its own wait, knowing how busy its own process is.
 *   consumer    waits for Redis (BullMQ's workers)
 *   subscriber  fails like a producer; subscriptions are taken up again after a reconnect
 */
export type Connections = {
  producer(provider: string): Redis
  consumer(provider: string): Redis
  subscriber(provider: string): Redis
  /** Every opened connection is up and its Redis answers. */
  responsive(): boolean
  close(): Promise<void>
}

const commandTimeoutMs = 5_000
const connectTimeoutMs = 2_000
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

/** One Redis for all providers today; callers name the provider so that several Redis change this file alone. */
export function createConnections(options: {
  readonly url: string
  readonly logger: Logger
  readonly random: () => number
}): Connections {
  const opened: Redis[] = []
  const byKind = new Map<string, Redis>()
  const responsive = new Map<string, () => boolean>()

  function open(kind: string, profile: RedisOptions): Redis {
    const existing = byKind.get(kind)
    if (existing !== undefined) return existing
    const connection = new Redis(options.url, {
      connectTimeout: connectTimeoutMs,
      retryStrategy: (attempt) => reconnectDelayMs(attempt, options.random),
      // A server that was promoted or demoted answers READONLY: the connection must be made anew.
      reconnectOnError: (error) => error.message.startsWith('READONLY'),
      ...profile,
    })
    watch(connection, kind, options.logger)
    if (kind !== 'subscriber') gatherWrites(connection)
    const unanswered = reconnectWhenSilent(connection, kind === 'subscriber' ? subscriberPings : commandPings)
    responsive.set(kind, () => connection.status === 'ready' && unanswered() < silentPings)
    // Each provider's queue listens for the connection's coming and going. Not 0 for "any": BullMQ adds to this number.
    connection.setMaxListeners(1_000)
    opened.push(connection)
    byKind.set(kind, connection)
    return connection
  }

  const failFast: RedisOptions = {
    enableOfflineQueue: false,
    maxRetriesPerRequest: 1,
    commandTimeout: commandTimeoutMs,
    autoResendUnfulfilledCommands: false,
  }
  return {
    producer: () => open('producer', failFast),
    consumer: () => open('consumer', { maxRetriesPerRequest: null }),
    // Its users subscribe anew at every 'ready'; ioredis would too, with nobody to catch it when that times out.
    subscriber: () => open('subscriber', { ...failFast, autoResubscribe: false }),
    responsive: () => [...responsive.values()].every((answers) => answers()),
    async close() {
      await Promise.all(opened.map(end))
    },
  }
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
function reconnectWhenSilent(connection: Redis, limit: number): () => number {
  let unanswered = 0
  const heard = () => {
    unanswered = 0
  }
  const timer = setInterval(() => {
    if (connection.status !== 'ready') return
    if (unanswered >= limit) {
      heard()
      connection.disconnect(true)
      return
    }
    unanswered += 1
    // A ping that fails was not heard; it is counted already.
    connection.ping().then(heard, () => {})
  }, pingEveryMs)
  timer.unref()
  connection.on('ready', heard)
  connection.once('end', () => clearInterval(timer))
  return () => unanswered
}

/** One line when a connection is lost and one when it is back, however many attempts lie between. */
function watch(connection: Redis, kind: string, logger: Logger): void {
  let away = false
  connection.on('error', (error: Error & { code?: string }) => {
    if (!away) logger.warn({ connection: kind, code: error.code ?? error.name }, 'redis connection failed')
    away = true
  })
  connection.on('ready', () => {
    if (away) logger.info({ connection: kind }, 'redis connection is back')
    away = false
  })
}

/** While ioredis waits to reconnect there is no socket whose end could be awaited, and it says nothing. */
async function end(connection: Redis): Promise<void> {
  if (connection.status === 'end') return
  const ended = new Promise<void>((resolve) => {
    connection.once('end', resolve)
    connection.once('close', resolve)
  })
  const connected = ['ready', 'connect', 'connecting'].includes(connection.status)
  connection.disconnect()
  if (connected) await ended
}
