import { type Priority, priorities } from '#contract'
import type { QueueDepth, QueueLimits } from '../broker.ts'

/*
 * One provider's queue in memory. An entry is in one place:
 *
 *   delayed   its timer has not fired                 → waiting
 *   waiting   in its priority's line, first in first out  → running, or withdrawn
 *   running   handed to the consumer                  → gone, or delayed again
 */

export type Entry = { readonly id: string; readonly priority: Priority }

export type ProviderQueue<E extends Entry> = {
  /** False when there is no room: waiting + delayed + running < concurrency + bufferSize. */
  admit(entry: E, limits: QueueLimits, delayMs: number): boolean
  /** Takes a waiting or delayed entry out; false when it runs or is gone. */
  withdraw(id: string): boolean
  /** Sets the consumer; entries are started while fewer than `limits.concurrency` run. */
  consume(limits: QueueLimits, start: (entry: E) => Promise<{ readonly delayMs: number } | undefined>): void
  pause(): void
  readonly running: number
  depth(provider: string): QueueDepth
  close(): void
}

export function createProviderQueue<E extends Entry>(): ProviderQueue<E> {
  const lines: Record<Priority, E[]> = { high: [], normal: [], low: [] }
  const delayed = new Map<string, NodeJS.Timeout>()
  let running = 0
  let paused = false
  let capacity = 0
  let consumer:
    | { readonly limits: QueueLimits; readonly start: Parameters<ProviderQueue<E>['consume']>[1] }
    | undefined

  const waiting = () => priorities.reduce((sum, priority) => sum + lines[priority].length, 0)
  const admitted = () => waiting() + delayed.size + running

  function enter(entry: E, delayMs: number): void {
    if (delayMs <= 0) {
      lines[entry.priority].push(entry)
      startMore()
      return
    }
    const timer = setTimeout(() => {
      delayed.delete(entry.id)
      enter(entry, 0)
    }, delayMs)
    delayed.set(entry.id, timer)
  }

  function startMore(): void {
    while (consumer !== undefined && !paused && running < consumer.limits.concurrency) {
      const line = priorities.map((priority) => lines[priority]).find((candidates) => candidates.length > 0)
      const entry = line?.shift()
      if (entry === undefined) return
      running += 1
      void consumer.start(entry).then((again) => {
        running -= 1
        if (again !== undefined) enter(entry, again.delayMs)
        startMore()
      })
    }
  }

  return {
    admit(entry, limits, delayMs) {
      const effective = consumer?.limits ?? limits
      capacity = effective.concurrency + effective.bufferSize
      if (admitted() >= capacity) return false
      enter(entry, delayMs)
      return true
    },
    withdraw(id) {
      const timer = delayed.get(id)
      clearTimeout(timer)
      if (delayed.delete(id)) return true
      for (const priority of priorities) {
        const index = lines[priority].findIndex((entry) => entry.id === id)
        if (index < 0) continue
        lines[priority].splice(index, 1)
        return true
      }
      return false
    },
    consume(limits, start) {
      consumer = { limits, start }
      capacity = limits.concurrency + limits.bufferSize
      startMore()
    },
    pause() {
      paused = true
    },
    get running() {
      return running
    },
    depth: (provider) => ({
      provider,
      waiting: waiting(),
      delayed: delayed.size,
      active: running,
      admitted: admitted(),
      capacity,
    }),
    close() {
      for (const timer of delayed.values()) clearTimeout(timer)
      delayed.clear()
      for (const priority of priorities) lines[priority].length = 0
    },
  }
}
