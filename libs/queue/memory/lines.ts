import { type Priority, priorities } from '#contract'
import { createTurns, firstTag, type Turns } from '../fair-tags.ts'

/** What waits in one provider's queue: a line for each priority, by tag, first in first out within one. */
export type Place = {
  readonly id: string
  readonly priority: Priority
  readonly tenant: string
  readonly enteredAtMs: number
  tag: number
  started: boolean
}

export type Lines<P extends Place> = {
  /** The turn of one that is admitted; `idle`: a slot is free for it. */
  tagFor(one: Pick<P, 'priority' | 'tenant'>, idle: boolean, delayed: number): number
  enter(place: P): void
  /** The next one, out of its line. */
  take(): P | undefined
  find(id: string): P | undefined
  remove(place: P): void
  /** One that was never started was taken back. */
  withdrawn(place: P): void
  readonly size: number
  /** Age of the oldest that was never started. */
  readonly oldestWaitMs: number
  clear(): void
}

export function createLines<P extends Place>(): Lines<P> {
  const lines: Record<Priority, P[]> = { high: [], normal: [], low: [] }
  const turns: Record<Priority, Turns> = { high: createTurns(), normal: createTurns(), low: createTurns() }
  const all = () => priorities.flatMap((priority) => lines[priority])
  const size = () => lines.high.length + lines.normal.length + lines.low.length

  return {
    tagFor({ priority, tenant }, idle, delayed) {
      const quiet = idle && size() === 0
      if (quiet && delayed === 0) for (const name of priorities) turns[name].restart()
      if (quiet) return turns[priority].admit({ tenant, quiet, head: undefined })
      const head = lines[priority].find(({ tag }) => tag >= firstTag)?.tag
      return turns[priority].admit({ tenant, quiet, head })
    },
    enter(place) {
      const line = lines[place.priority]
      const before = line.findLastIndex(({ tag }) => tag <= place.tag) + 1
      if (before === line.length) line.push(place)
      else line.splice(before, 0, place)
    },
    take() {
      for (const priority of priorities) {
        const place = lines[priority].shift()
        if (place === undefined) continue
        turns[priority].started(place.tag)
        return place
      }
      return undefined
    },
    find: (id) => all().find((place) => place.id === id),
    remove(place) {
      const line = lines[place.priority]
      line.splice(line.indexOf(place), 1)
    },
    withdrawn({ priority, tenant, started }) {
      if (!started) turns[priority].withdrawn(tenant)
    },
    get size() {
      return size()
    },
    get oldestWaitMs() {
      const nowMs = Date.now()
      const entered = all().map(({ started, enteredAtMs }) => (started ? nowMs : enteredAtMs))
      return nowMs - entered.reduce((oldest, at) => Math.min(oldest, at), nowMs)
    },
    clear() {
      for (const priority of priorities) lines[priority].length = 0
    },
  }
}
