import type { ChatWire, Proofs, WireId } from '#contract'
import { chatWireOf } from '#translate'
import type { Keeper } from '../turns/remember-answer.ts'

/** A wire that is this one in name and in what it carries of proofs, and does nothing else of its own. */
export function callWire(id: WireId, proofs: Proofs): ChatWire {
  const wire = chatWireOf('openai-chat')
  if (wire === undefined) throw new Error('the wire openai-chat is not in this build')
  return { ...wire, id, proofs }
}

/** Keeps what there is of every call. */
export const keepEverything: Keeper = {
  newId: (vendorId) => `${vendorId}-new`,
  recordOf: ({ id, opening, before }) => ({ wire: 'anthropic-messages', id, opening, before }),
}
