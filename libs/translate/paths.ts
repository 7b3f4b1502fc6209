import type { Message } from '#contract'

/** Where a turn stood in the caller's request. */
export function messagePath(message: Message, index: number): string {
  return message.path ?? `messages[${index}]`
}

/** Turns whose pieces stand in `parts`. */
const partsMember = /^(?:contents\[|systemInstruction$)/

/** Where a part of a turn stood in the caller's request. */
export function partPath(message: Message, index: number, part: number): string {
  const position = part + (message.firstPart ?? 0)
  if (message.path !== undefined && partsMember.test(message.path))
    return `${message.path}.parts[${position}]`
  return message.path === 'system'
    ? `system[${position}]`
    : `${messagePath(message, index)}.content[${position}]`
}
