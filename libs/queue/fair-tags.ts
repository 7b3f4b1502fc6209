import type { Priority } from '#contract'

/*
 * Turns: who is started next among the tenants that wait in one priority's line of one provider's queue.
 *
 * Every job carries a tag; lower ones start first, equal ones in the order in which they came. A job's tag is one above
 * the higher of two: the tag that was started last, and its tenant's last one. So a tenant with a backlog is served once
 * a round, and whoever comes new joins the round after the one under way: behind the next job of everybody who waits,
 * and before all their others. Nobody who comes later can get in front of a job whose round has come.
 *
 *   quiet     a slot is free and nothing waits: turns mean nothing, nothing is remembered, tags begin anew
 *   busy      the tag last started and each tenant's last tag are remembered
 *   the end   tags stop growing at the band's last one: first in first out until the queue is quiet again
 *
 * BullMQ's priority (lower is sooner, at most 2^21) holds both: the line's band, and the tag in it. `bullmq/lua/admit.lua`
 * says the same in Lua.
 */

const bandSize = 2 ** 19

const bands: Readonly<Record<Priority, number>> = { high: 0, normal: 1, low: 2 }

/** Of a job that was started and delayed: its turn has come already. */
export const frontTag = 1
/** Of whoever does not wait. */
export const firstTag = 2
export const lastTag = bandSize - 1

export function bandOf(priority: Priority): number {
  return bands[priority]
}

/** Lane and tag as BullMQ's priority. */
export function bullPriority(priority: Priority, tag: number): number {
  return bands[priority] * bandSize + tag
}

/** The tag that was started last, as far as it can be seen. */
export function lastStarted(seen: {
  /** What was known before; 0 = nothing. */
  readonly known: number
  /** Tag of the job that was started last, if it can be seen. */
  readonly newest: number | undefined
  /** Lowest waiting tag: all below it have been started. */
  readonly head: number | undefined
  /** Others run, and one of this line may have been started unseen: the head's round counts as begun, else one could join it for ever. */
  readonly blind: boolean
}): number {
  const { known, newest, head = 0, blind } = seen
  return Math.max(known, newest ?? (blind ? head : head - 1), frontTag)
}

export function nextTag(started: number, tenantLast: number | undefined): number {
  return Math.min(Math.max(started, tenantLast ?? 0) + 1, lastTag)
}

/** One line's turns in one process. */
export type Turns = {
  /** The tag of a job that is admitted; `quiet`: a slot is free and nothing waits. */
  admit(options: {
    readonly tenant: string
    readonly quiet: boolean
    readonly head: number | undefined
  }): number
  started(tag: number): void
  /** A job that was never started was taken back: its tenant is not charged for it. */
  withdrawn(tenant: string): void
  /** Nothing waits and nothing is delayed. */
  restart(): void
  /** How many tenants are remembered. */
  readonly size: number
}

/** What is remembered beyond this is looked through for tenants whose turn has passed. */
const pruneAbove = 64

export function createTurns(): Turns {
  const last = new Map<string, number>()
  let newest: number | undefined
  let known = 0
  let pruneAt = pruneAbove

  /** Who is not ahead of the round is as good as new. */
  function prune(): void {
    if (last.size <= pruneAt) return
    for (const [tenant, tag] of last) if (tag <= known) last.delete(tenant)
    pruneAt = Math.max(pruneAbove, last.size * 2)
  }

  return {
    admit({ tenant, quiet, head }) {
      if (quiet) return Math.max(firstTag, known)
      known = lastStarted({ known, newest, head, blind: false })
      const tag = nextTag(known, last.get(tenant))
      last.set(tenant, tag)
      prune()
      return tag
    },
    started(tag) {
      if (tag > frontTag) newest = Math.max(newest ?? 0, tag)
    },
    withdrawn(tenant) {
      const tag = last.get(tenant)
      if (tag !== undefined) last.set(tenant, tag - 1)
    },
    restart() {
      // Clearing a map makes a new table, also where there was nothing.
      if (last.size > 0) last.clear()
      newest = undefined
      known = 0
    },
    get size() {
      return last.size
    },
  }
}
