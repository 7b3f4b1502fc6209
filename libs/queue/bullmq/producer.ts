import { type JobJson, Queue } from 'bullmq'
import type { Redis } from 'ioredis'
import type { JobData } from '../codec.ts'
import type { Keys } from './keys.ts'

/** One BullMQ queue per provider, on its connection. */
export type Producer = {
  queue(provider: string): Queue
  add(options: {
    readonly provider: string
    readonly jobId: string
    readonly data: JobData
    /** BullMQ's: lane and turn. */
    readonly priority: number
    readonly delayMs: number
    /** Store time. */
    readonly admittedAtMs: number
  }): Promise<void>
  close(): Promise<void>
}

export function createProducer(connectionOf: (provider: string) => Redis, keys: Keys): Producer {
  const queues = new Map<string, Queue>()

  function queueOf(provider: string): Queue {
    const existing = queues.get(provider)
    if (existing !== undefined) return existing
    const queue = new Queue(keys.queueName(provider), {
      connection: connectionOf(provider),
      prefix: keys.bullPrefix,
      streams: { events: { maxLen: 0 } },
    })
    // The connection's own listener logs; without one here BullMQ's copy of the event would end the process.
    queue.on('error', () => {})
    queues.set(provider, queue)
    // BullMQ keeps a failed start (a connection lost during its INFO) for ever: the next call must begin anew.
    queue.waitUntilReady().catch(() => {
      if (queues.get(provider) === queue) queues.delete(provider)
    })
    return queue
  }

  return {
    queue: queueOf,
    async add({ provider, jobId, data, priority, delayMs, admittedAtMs }) {
      await queueOf(provider)
        .getBackend()
        .addJob(jobOf({ data, jobId, priority, delayMs, admittedAtMs }), jobId)
    },
    async close() {
      await Promise.all([...queues.values()].map((queue) => queue.close()))
    },
  }
}

/** Of every job: never tried again by BullMQ, gone when it has ended, and no word of why it failed. */
const jobOptions = { attempts: 1, removeOnComplete: true, removeOnFail: true, stackTraceLimit: 0 } as const

/**
 * A job as BullMQ stores it. Its own `Queue.add` comes to the same by way of an object that checks and copies every option,
 * and keeps id and time in the options once more: a third of the text that each script then reads and writes.
 */
function jobOf(job: Omit<Parameters<Producer['add']>[0], 'provider'>): JobJson {
  const { jobId, data, priority, delayMs, admittedAtMs } = job
  return {
    id: jobId,
    name: 'request',
    data: JSON.stringify(data),
    opts: { ...jobOptions, priority, ...(delayMs > 0 && { delay: delayMs }) },
    timestamp: admittedAtMs,
    ...untouched,
  }
}

/** What only BullMQ itself writes. */
const untouched = {
  progress: 0,
  attemptsMade: 0,
  attemptsStarted: 0,
  stalledCounter: 0,
  failedReason: '',
  returnvalue: '',
} as const
