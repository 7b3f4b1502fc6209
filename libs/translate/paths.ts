import type { Message } from '#contract'

/** Where a turn stood in the caller's request. */
export function messagePath(message: Message, index: number): string {
  return message.path ?? `messages[${index}]`
}

/** Turns whose pieces stand in `parts`. */
const partsMember = /^(?:contents\[|systemInstruction$)/

/** Where a part of a turn stood in the caller's request. */
export function partPath(message: Message, index: number, part: number): string {
  const own = message.partPaths?.[part]
  if (own !== undefined) return own
  const position = message.partPositions?.[part] ?? part + (message.firstPart ?? 0)
  if (message.path !== undefined && partsMember.test(message.path))
    return `${message.path}.parts[${position}]`
  // These stood beside `messages`, as lists of their own.
  return message.path === 'system' || message.path === 'documents'
    ? `${message.path}[${position}]`
    : `${messagePath(message, index)}.content[${position}]`
}
