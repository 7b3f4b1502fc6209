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
 * arrive before that are older than it.
 */

export type OwnChange = FactChange & { readonly number: number }

export type FactWrites = {
  /** Rejects when the store did not take it; it is then unsaved. */
  write(change: FactChange): Promise<void>
  /** Whether a notice is news: not an echo, and not older than what was written here. */
  isNews(notice: Notice): boolean
  isUnsaved(change: Pick<FactChange, 'scope' | 'name'>): boolean
  /** The places of those that Redis has not answered yet. */
  underWay(): Iterable<string>
  /** How many are unsaved. */
  unsaved(): number
  sendUnsaved(): Promise<void>
  /** Notices of these scopes that were under way are lost. */
  forgetEchoes(isLost: (scope: string) => boolean): void
}

export const placeOf = ({ scope, name }: Pick<FactChange, 'scope' | 'name'>): string => `${scope} ${name}`

export function createFactWrites(options: {
  /** Of this process. */
  readonly id: string
  readonly nowMs: () => number
  send(change: OwnChange): Promise<void>
}): FactWrites {
  const echoes = new Map<string, { readonly scope: string; readonly number: number }>()
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

  return {
    async write(change) {
      numbers += 1
      echoes.set(placeOf(change), { scope: change.scope, number: numbers })
      await send({ ...change, number: numbers })
    },
    isNews(notice) {
      const place = placeOf(notice)
      if (notice.from === options.id) {
        if (echoes.get(place)?.number === notice.number) echoes.delete(place)
        return false
      }
      if (echoes.has(place)) return false
      unsaved.delete(place)
      return true
    },
    isUnsaved: (change) => unsaved.has(placeOf(change)),
    underWay: () => sending.keys(),
    unsaved: () => unsaved.size,
    async sendUnsaved() {
      const now = options.nowMs()
      const due = [...unsaved.values()]
      unsaved.clear()
      const lasting = due.filter(({ fact }) => fact === undefined || fact.untilMs > now)
      // One that fails is unsaved again.
      await Promise.all(lasting.map((own) => send(own).catch(() => {})))
    },
    forgetEchoes(isLost) {
      for (const [place, { scope }] of echoes) if (isLost(scope)) echoes.delete(place)
    },
  }
}
