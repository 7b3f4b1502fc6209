import type { Message } from '#contract'

/** Where a turn stood in the caller's request. */
export function messagePath(message: Message, index: number): string {
  return message.path ?? `messages[${index}]`
}

/** Where a part of a turn stood in the caller's request. */
export function partPath(message: Message, index: number, part: number): string {
  const own = message.partPaths?.[part]
  if (own !== undefined) return own
  const position = part + (message.firstPart ?? 0)
  return message.path === 'system'
    ? `system[${position}]`
    : `${messagePath(message, index)}.content[${position}]`
}
