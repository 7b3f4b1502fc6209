import type { Message } from '#contract'

/** Where a turn stood in the caller's request. */
export function messagePath(message: Message, index: number): string {
  return message.path ?? `messages[${index}]`
}

/** Where a part of a turn stood in the caller's request. */
export function partPath(message: Message, index: number, part: number): string {
  const position = part + (message.firstPart ?? 0)
  // These stood beside `messages`, as lists of their own.
  return message.path === 'system' || message.path === 'documents'
    ? `${message.path}[${position}]`
    : `${messagePath(message, index)}.content[${position}]`
}
