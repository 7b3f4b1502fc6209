import type { Redis } from 'ioredis'
import type { Logger } from '#observability'
import type { QueueLimits } from '../broker.ts'
import type { Keys } from './keys.ts'
import type { Producer } from './producer.ts'
import { readLimits, writeSettings } from './settings.ts'

/*
 * The limits of one provider's queue as one worker process knows them.
 *
 *   ours      what this process was started with, until it has written them
 *   shared    what was last seen in Redis: another process may change them at any time, and they are what a Redis that
 *             came back without its data gets again
 */
const retryMs = 500

export type KnownLimits = {
  /**
   * Writes ours once `held` has resolved: a worker that starts says what holds. Waits for the store as long as it takes,
   * and from then on keeps them over lost connections: what was changed meanwhile stays, what was lost is written again.
   */
  keep(held: Promise<void>, closed: () => boolean): Promise<void>
  /** Looks what holds now. */
  learn(): Promise<void>
}

export function createKnownLimits(options: {
  readonly connection: Redis
  readonly keys: Keys
  readonly producer: Producer
  readonly provider: string
  readonly limits: QueueLimits
  readonly logger: Logger
}): KnownLimits {
  const { connection, keys, provider } = options
  let shared: QueueLimits | undefined

  async function write(limits: QueueLimits): Promise<void> {
    await writeSettings({ ...options, limits })
    shared = limits
  }

  async function learn(): Promise<void> {
    if (shared !== undefined) shared = (await readLimits(connection, keys, provider)) ?? shared
  }

  async function restore(): Promise<void> {
    await learn()
    if (shared !== undefined) await write(shared)
  }

  function warn(error: unknown): void {
    options.logger.warn({ provider, error }, 'queue settings not written')
  }

  return {
    learn,
    async keep(held, closed) {
      await held
      connection.on('ready', () => {
        restore().catch(warn)
      })
      while (!closed() && shared === undefined) {
        await write(options.limits).catch(async (error: unknown) => {
          warn(error)
          await new Promise((resolve) => setTimeout(resolve, retryMs))
        })
      }
    },
  }
}
