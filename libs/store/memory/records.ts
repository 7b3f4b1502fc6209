import type { Records } from '../store.ts'
import { storeFull } from '../unavailable.ts'

/*
 * Records of one process, in two maps:
 *
 *   byKey      key → record, in the order of writing
 *   expiry     a heap of (time, key), soonest first; an entry whose record was replaced or deleted is skipped when met
 *
 *   absent → set() → held → its time, delete(), or no room and it is the next to expire → absent
 */

type Held = { readonly value: string; readonly bytes: number; readonly expiresMs: number }
type Expiry = { readonly expiresMs: number; readonly key: string; readonly held: Held }

/** Bounds of the memory room: what would go beyond them makes the records that are next to expire go. */
export type RecordLimits = { readonly count: number; readonly bytes: number }

const defaultLimits: RecordLimits = { count: 100_000, bytes: 64 * 1024 * 1024 }

export function createMemoryRecords(nowMs: () => number, limits: RecordLimits = defaultLimits): Records {
  const byKey = new Map<string, Held>()
  const expiry: Expiry[] = []
  let bytes = 0

  const drop = (key: string, held: Held): void => {
    if (byKey.get(key) !== held) return
    byKey.delete(key)
    bytes -= held.bytes
  }
  const makeRoom = (wanted: number): void => {
    const now = nowMs()
    for (;;) {
      const next = expiry[0]
      if (next === undefined) return
      const isStale = byKey.get(next.key) !== next.held
      const isFull = byKey.size >= limits.count || bytes + wanted > limits.bytes
      if (!isStale && !isFull && next.expiresMs > now) return
      takeSoonest(expiry)
      drop(next.key, next.held)
    }
  }
  const read = (key: string): string | undefined => {
    const held = byKey.get(key)
    if (held === undefined) return undefined
    if (held.expiresMs > nowMs()) return held.value
    drop(key, held)
    return undefined
  }
  const write = (key: string, value: string, ttlMs: number): void => {
    const held = { value, bytes: 2 * (key.length + value.length), expiresMs: nowMs() + ttlMs }
    if (held.bytes > limits.bytes) throw storeFull()
    const before = byKey.get(key)
    if (before !== undefined) drop(key, before)
    makeRoom(held.bytes)
    byKey.set(key, held)
    bytes += held.bytes
    insert(expiry, { expiresMs: held.expiresMs, key, held })
    // Records that are replaced again and again leave entries behind that nothing would ever meet.
    if (expiry.length > 2 * byKey.size + 64) rebuild(expiry, byKey)
  }
  return {
    set: async (key, value, ttlMs) => write(key, value, ttlMs),
    async add(key, value, ttlMs) {
      if (read(key) !== undefined) return false
      write(key, value, ttlMs)
      return true
    },
    get: async (key) => read(key),
    getMany: async (keys) => keys.map(read),
    async delete(key) {
      const isThere = read(key) !== undefined
      const held = byKey.get(key)
      if (held !== undefined) drop(key, held)
      return isThere
    },
  }
}

function insert(heap: Expiry[], entry: Expiry): void {
  let place = heap.length
  heap.push(entry)
  while (place > 0) {
    const parent = (place - 1) >> 1
    const above = heap[parent]
    if (above === undefined || above.expiresMs <= entry.expiresMs) break
    heap[place] = above
    place = parent
  }
  heap[place] = entry
}

function takeSoonest(heap: Expiry[]): void {
  const last = heap.pop()
  if (last === undefined || heap.length === 0) return
  let place = 0
  for (;;) {
    const child = sooner(heap, 2 * place + 1)
    const below = heap[child]
    if (below === undefined || below.expiresMs >= last.expiresMs) break
    heap[place] = below
    place = child
  }
  heap[place] = last
}

/** Of two siblings, the index of the one that expires first. */
function sooner(heap: readonly Expiry[], left: number): number {
  const [first, second] = [heap[left], heap[left + 1]]
  return first !== undefined && second !== undefined && second.expiresMs < first.expiresMs ? left + 1 : left
}

function rebuild(heap: Expiry[], byKey: ReadonlyMap<string, Held>): void {
  heap.length = 0
  for (const [key, held] of byKey) insert(heap, { expiresMs: held.expiresMs, key, held })
}
