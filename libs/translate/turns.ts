import type { JsonObject, Message, Part } from '#contract'
import type { Warnings } from './warnings.ts'

/** A turn on a wire that knows `user` and `assistant`, and `system` at the front or, by model, in between. */
export type Turn = {
  readonly role: 'user' | 'assistant' | 'system'
  /** Where it stood in the caller's request. */
  readonly path: string
  readonly content: JsonObject[]
  readonly extra?: JsonObject
}

/** Parts of a user's turn as turns: it is cut where tool results begin and end, which are turns of the tool. */
export function splitToolTurns(parts: readonly Part[], path: string): readonly Message[] {
  if (!parts.some((part) => part.type === 'tool-result')) return [{ role: 'user', parts, path }]
  const turns: Message[] = []
  let firstPart = 0
  while (firstPart < parts.length) {
    const isResult = parts[firstPart]?.type === 'tool-result'
    let end = firstPart + 1
    while (end < parts.length && (parts[end]?.type === 'tool-result') === isResult) end += 1
    const turn = { role: isResult ? 'tool' : 'user', parts: parts.slice(firstPart, end), path } as const
    turns.push(firstPart === 0 ? turn : { ...turn, firstPart })
    firstPart = end
  }
  return turns
}

export function roleOf(message: Message): Turn['role'] {
  switch (message.role) {
    case 'system':
    case 'developer':
      return 'system'
    case 'assistant':
      return 'assistant'
    default:
      return 'user'
  }
}

/**
 * Takes the system turns at the front apart, and gives the last of them to the user where nothing else was said
 * (`changed`): there must be a message.
 */
export function splitSystemTurns(
  turns: readonly Turn[],
  warnings: Warnings,
): { readonly front: readonly Turn[]; readonly rest: readonly Turn[] } {
  const at = turns.findIndex((turn) => turn.role !== 'system')
  if (at !== -1) return { front: turns.slice(0, at), rest: turns.slice(at) }
  const last = turns.at(-1)
  return { front: turns.slice(0, -1), rest: last === undefined ? [] : [speakAsUser(last, warnings)] }
}

/** A turn of which nothing is left is left out (`changed`): vendors refuse empty ones. */
export function isLeft(turn: Turn, warnings: Warnings): boolean {
  if (turn.content.length > 0) return true
  warnings.changed(turn.path)
  return false
}

/**
 * System turns stay where model and place allow it: after a user turn, before an assistant turn or at the end, not two
 * in a row; elsewhere the user says them (`changed`).
 */
export function placeSystemTurns(
  turns: readonly Turn[],
  traits: { readonly systemTurns: boolean },
  warnings: Warnings,
): readonly Turn[] {
  return turns.map((turn, index) => {
    if (turn.role !== 'system') return turn
    const after = turns[index + 1]?.role
    const fits = turns[index - 1]?.role === 'user' && (after === 'assistant' || after === undefined)
    return traits.systemTurns && fits ? turn : speakAsUser(turn, warnings)
  })
}

function speakAsUser(turn: Turn, warnings: Warnings): Turn {
  warnings.changed(turn.path)
  return { ...turn, role: 'user' }
}

/** Neighbours of one role become one. */
export function mergeTurns(turns: readonly Turn[]): readonly Turn[] {
  const merged: Turn[] = []
  for (const turn of turns) {
    const last = merged.at(-1)
    if (last === undefined || last.role !== turn.role) merged.push({ ...turn, content: [...turn.content] })
    else last.content.push(...turn.content)
  }
  return merged
}
