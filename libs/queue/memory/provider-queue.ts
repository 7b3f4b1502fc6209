import type { Priority } from '#contract'
import type { QueueDepth, QueueLimits } from '../broker.ts'
import { frontTag } from '../fair-tags.ts'
import { placesOfTenant } from '../tenant-share.ts'
import { createLines, type Place } from './lines.ts'

/*
 * One provider's queue in memory. An entry is in one place:
 *
 *   delayed   its timer has not fired                               → waiting
 *   waiting   in its priority's line, by tag, first in first out    → running, or withdrawn
 *   running   handed to the consumer                                → gone, or delayed again
 */

export type Entry = { readonly id: string; readonly priority: Priority; readonly tenant: string }

export type Admission = {
  readonly limits: QueueLimits
  readonly delayMs: number
  readonly tenantShare: number
  /** Called once it is admitted, before it can be started. */
  onAdmitted?(): void
}

export type ProviderQueue<E extends Entry> = {
  /** There is room while waiting + delayed + running < concurrency + bufferSize. */
  admit(entry: E, admission: Admission): 'admitted' | 'queue_full' | 'tenant_share'
  /** Takes a waiting or delayed entry out; false when it runs or is gone, or was started where it must not have been. */
  withdraw(id: string, options: { readonly unstarted: boolean }): boolean
  /** Sets the consumer; entries are started while fewer than `limits.concurrency` run. */
  consume(limits: QueueLimits, start: Start<E>): void
  setLimits(limits: QueueLimits): void
  pause(): void
  readonly running: number
  readonly waiting: number
  depth(provider: string, drainPerSecond: number): QueueDepth
  close(): void
}

/** Has an entry processed; resolves with its delay when it is to come back. */
export type Start<E> = (entry: E) => Promise<{ readonly delayMs: number } | undefined>

type Placed<E> = Place & {
  readonly entry: E
  /** Its place counts towards its tenant's share. */
  readonly shared: boolean
}

export function createProviderQueue<E extends Entry>(): ProviderQueue<E> {
  const lines = createLines<Placed<E>>()
  const delayed = new Map<string, { readonly timer: NodeJS.Timeout; readonly placed: Placed<E> }>()
  const shares = createShares()
  let running = 0
  let paused = false
  let limits: QueueLimits | undefined
  let start: Start<E> | undefined

  const admitted = () => lines.size + delayed.size + running

  function enter(placed: Placed<E>, delayMs: number): void {
    if (delayMs <= 0) {
      lines.enter(placed)
      startMore()
      return
    }
    const timer = setTimeout(() => {
      delayed.delete(placed.id)
      enter(placed, 0)
    }, delayMs)
    delayed.set(placed.id, { timer, placed })
  }

  function startMore(): void {
    while (start !== undefined && !paused && running < (limits?.concurrency ?? 0)) {
      const placed = lines.take()
      if (placed === undefined) return
      running += 1
      placed.started = true
      void start(placed.entry).then((again) => {
        running -= 1
        if (again === undefined) shares.release(placed)
        else enter(Object.assign(placed, { tag: frontTag }), again.delayMs)
        startMore()
      })
    }
  }

  function withdraw(id: string, { unstarted }: { readonly unstarted: boolean }): boolean {
    const later = delayed.get(id)
    const placed = later?.placed ?? lines.find(id)
    if (placed === undefined || (unstarted && placed.started)) return false
    clearTimeout(later?.timer)
    if (!delayed.delete(id)) lines.remove(placed)
    lines.withdrawn(placed)
    shares.release(placed)
    return true
  }

  function admit(entry: E, { limits: asked, delayMs, tenantShare, onAdmitted }: Admission) {
    const { concurrency, bufferSize } = limits ?? asked
    const capacity = concurrency + bufferSize
    const shared = tenantShare < 1
    const { id, priority, tenant } = entry
    if (shared && shares.heldBy(tenant) >= placesOfTenant(tenantShare, capacity)) return 'tenant_share'
    if (admitted() >= capacity) return 'queue_full'
    const tag = lines.tagFor(entry, running < concurrency, delayed.size)
    const placed = { entry, id, priority, tenant, enteredAtMs: Date.now(), shared, tag, started: false }
    shares.take(placed)
    onAdmitted?.()
    enter(placed, delayMs)
    return 'admitted'
  }

  return {
    admit,
    withdraw,
    consume(consumed, starter) {
      start = starter
      limits = consumed
      startMore()
    },
    setLimits(changed) {
      limits = changed
      startMore()
    },
    pause() {
      paused = true
    },
    get running() {
      return running
    },
    get waiting() {
      return lines.size
    },
    depth: (provider, drainPerSecond) => ({
      provider,
      waiting: lines.size,
      delayed: delayed.size,
      active: running,
      admitted: admitted(),
      capacity: limits === undefined ? 0 : limits.concurrency + limits.bufferSize,
      oldestWaitMs: lines.oldestWaitMs,
      drainPerSecond,
    }),
    close() {
      for (const { timer } of delayed.values()) clearTimeout(timer)
      delayed.clear()
      lines.clear()
    },
  }
}

type Share = { readonly tenant: string; readonly shared: boolean }

/** How many places each tenant holds, where that is counted. */
function createShares() {
  const held = new Map<string, number>()
  return {
    heldBy: (tenant: string) => held.get(tenant) ?? 0,
    take({ tenant, shared }: Share): void {
      if (shared) held.set(tenant, (held.get(tenant) ?? 0) + 1)
    },
    release({ tenant, shared }: Share): void {
      if (!shared) return
      const left = (held.get(tenant) ?? 0) - 1
      if (left > 0) held.set(tenant, left)
      else held.delete(tenant)
    },
  }
}
