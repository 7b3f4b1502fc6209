/*
 * Calls and results without ids. The vendor matches a result with its call by name and order; other wires need an id
 * for that, so a call without one gets one that depends on its place alone, the same in every later turn.
 */

export type CallIds = {
  /** The id of a call: its own, else one made from where it stands. */
  called(name: string, id: string | undefined, place: string): string
  /** The id of the call that a result answers: its own, else that of the earliest unanswered call of that name. */
  answered(name: string, id: string | undefined, place: string): string
}

export function createCallIds(): CallIds {
  const open: { readonly name: string; readonly id: string }[] = []
  return {
    called(name, id, place) {
      const known = id === undefined || id === '' ? `call_${place}` : id
      open.push({ name, id: known })
      return known
    },
    answered(name, id, place) {
      const found = open.findIndex((call) => (id ? call.id === id : call.name === name))
      const call = found === -1 ? undefined : open.splice(found, 1)[0]
      return id || (call?.id ?? `call_${place}`)
    },
  }
}

/** The id of a call in an answer, where the vendor gave none. */
export function callIdOf(responseId: string, candidate: number, block: number): string {
  return `call_${responseId.replace(/[^\w-]/g, '_')}_${candidate}_${block}`
}
