import type { Message } from '#contract'

/** Where a turn stood in the caller's request. */
export function messagePath(message: Message, index: number): string {
  return message.path ?? `messages[${index}]`
}

/** Where a part of a turn stood in the caller's request. */
export function partPath(message: Message, index: number, part: number): string {
  const position = message.partPositions?.[part] ?? part + (message.firstPart ?? 0)
  return message.path === 'system'
    ? `system[${position}]`
    : `${messagePath(message, index)}.content[${position}]`
}
