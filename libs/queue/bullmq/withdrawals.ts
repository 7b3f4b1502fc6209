import type { Redis } from 'ioredis'
import { waitUntil } from '../wait-until.ts'
import type { Keys } from './keys.ts'
import type { Producer } from './producer.ts'

const retryMs = 1_000

export type Withdrawal = { readonly provider: string; readonly requestId: string; readonly jobId: string }

/**
 * Takes back what was admitted or enqueued, on the connection that sent it, so that it comes after it. While Redis is
 * away what could not be taken back is kept, and done when it is back: an enqueue that timed out may still have
 * happened.
 */
export type Withdrawals = {
  /** `queued`: no worker has or will have it. `running`: a worker has it. `unknown`: Redis is away, it will be done. */
  withdraw(withdrawal: Withdrawal): Promise<'queued' | 'running' | 'unknown'>
  /** Resolves when those under way have been answered, or after `limitMs`. */
  settled(limitMs: number): Promise<void>
  close(): void
}

export function createWithdrawals(options: {
  readonly connection: Redis
  readonly keys: Keys
  readonly producer: Producer
  onRunning(requestId: string): void
}): Withdrawals {
  const { connection, keys, producer } = options
  const undone = new Map<string, Withdrawal>()
  const timers = new Set<NodeJS.Timeout>()
  let closed = false

  async function withdraw(withdrawal: Withdrawal): Promise<'queued' | 'running' | 'unknown'> {
    const { provider, requestId, jobId } = withdrawal
    undone.set(jobId, withdrawal)
    try {
      const removed = await producer.remove(provider, jobId)
      if (removed) await connection.zrem(keys.admitted(provider), requestId)
      if (removed) await connection.unlink(keys.body(provider, jobId))
      undone.delete(jobId)
      if (!removed) options.onRunning(requestId)
      return removed ? 'queued' : 'running'
    } catch {
      if (!closed) {
        const timer = setTimeout(() => {
          timers.delete(timer)
          again(withdrawal)
        }, retryMs)
        timers.add(timer)
      }
      return 'unknown'
    }
  }

  /** A frozen server answers late and gives no sign when it thaws: ask again until it has answered. */
  function again(withdrawal: Withdrawal): void {
    if (undone.has(withdrawal.jobId)) void withdraw(withdrawal)
  }

  function stopTimers(): void {
    for (const timer of timers) clearTimeout(timer)
    timers.clear()
  }

  const resume = () => {
    const waiting = [...undone.values()]
    stopTimers()
    for (const withdrawal of waiting) void withdraw(withdrawal)
  }
  connection.on('ready', resume)
  return {
    withdraw,
    settled: (limitMs) => waitUntil(() => undone.size === 0, limitMs),
    close: () => {
      closed = true
      stopTimers()
      connection.off('ready', resume)
    },
  }
}
