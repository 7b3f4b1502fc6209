/** Whether `text` is what the pattern means; `*` is any run of characters. */
export function matchesPattern(pattern: string, text: string): boolean {
  const pieces = pattern.split('*').map((piece) => piece.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&'))
  return new RegExp(`^${pieces.join('.*')}$`).test(text)
}
