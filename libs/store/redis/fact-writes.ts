import type { FactChange } from '../store.ts'
import type { Notice } from './fact-codec.ts'

/*
 * A change of ours to one fact:
 *
 *   sending   until Redis has answered; a newer one of ours to the same fact takes its place
 *   there     Redis has it
 *   unsaved   Redis did not take it: sent again and again, until it is there, has ended, or another process has said
 *             something newer
 *
 * Beside that, from the moment it is sent until its own notice comes back, it is in `echoes`: notices of others that
 * arrive before that are older than it. When the subscription was lost meanwhile its notice may be lost too: it is in
 * doubt, and what is heard counts in the order in which it is heard, its own notice as well.
 */

export type OwnChange = FactChange & { readonly number: number }

type Echo = { readonly scope: string; readonly number: number; inDoubt: boolean }

export type FactWrites = {
  /** Rejects when the store did not take it; it is then unsaved. */
  write(change: FactChange): Promise<void>
  /** Whether a notice is news: not older than what was written here, and not the same. */
  isNews(notice: Notice): boolean
  isUnsaved(change: Pick<FactChange, 'scope' | 'name'>): boolean
  /** How many are unsaved. */
  unsaved(): number
  sendUnsaved(): Promise<void>
  /** Notices of these scopes that were under way may be lost. */
  doubtEchoes(isDoubted: (scope: string) => boolean): void
}

export const placeOf = ({ scope, name }: Pick<FactChange, 'scope' | 'name'>): string => `${scope} ${name}`

export function createFactWrites(options: {
  /** Of this process. */
  readonly id: string
  readonly nowMs: () => number
  send(change: OwnChange): Promise<void>
}): FactWrites {
  const echoes = new Map<string, Echo>()
  const sending = new Map<string, number>()
  const unsaved = new Map<string, OwnChange>()
  let numbers = 0

  /** The same change sent again is the same write. */
  async function send(own: OwnChange): Promise<void> {
    const place = placeOf(own)
    sending.set(place, own.number)
    unsaved.delete(place)
    try {
      await options.send(own)
      if (sending.get(place) === own.number) sending.delete(place)
    } catch (error) {
      if (echoes.get(place)?.number === own.number) echoes.delete(place)
      if (sending.get(place) === own.number) {
        sending.delete(place)
        unsaved.set(place, own)
      }
      throw error
    }
  }

  /** The number of our newest change there that Redis is not known to have. */
  const notThere = (place: string) => sending.get(place) ?? unsaved.get(place)?.number ?? 0

  return {
    async write(change) {
      numbers += 1
      echoes.set(placeOf(change), { scope: change.scope, number: numbers, inDoubt: false })
      await send({ ...change, number: numbers })
    },
    isNews(notice) {
      const place = placeOf(notice)
      const awaited = echoes.get(place)
      if (notice.from === options.id) {
        if (Math.max(awaited?.number ?? 0, notThere(place)) > notice.number) return false
        echoes.delete(place)
      }
      if (awaited?.inDoubt === false) return false
      unsaved.delete(place)
      return true
    },
    isUnsaved: (change) => unsaved.has(placeOf(change)),
    unsaved: () => unsaved.size,
    async sendUnsaved() {
      const now = options.nowMs()
      const due = [...unsaved.values()]
      unsaved.clear()
      const lasting = due.filter(({ fact }) => fact === undefined || fact.untilMs > now)
      // One that fails is unsaved again.
      await Promise.all(lasting.map((own) => send(own).catch(() => {})))
    },
    doubtEchoes(isDoubted) {
      for (const echo of echoes.values()) if (isDoubted(echo.scope)) echo.inDoubt = true
    },
  }
}
