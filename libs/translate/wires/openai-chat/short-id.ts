const digits = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789'

export function isShortId(id: string): boolean {
  return /^[A-Za-z0-9]{9}$/.test(id)
}

/**
 * The id of a tool call for a provider that takes nine letters and digits alone: such an id as it is, any other by its
 * hash, so that call and result still name each other.
 */
export function shortId(id: string): string {
  if (isShortId(id)) return id
  // FNV-1a twice with different beginnings: together more than nine such digits can say.
  let low = 0x811c9dc5
  let high = 0x01000193
  for (let index = 0; index < id.length; index += 1) {
    const code = id.charCodeAt(index)
    low = Math.imul(low ^ code, 0x01000193)
    high = Math.imul(high ^ (code + index), 0x01000193)
  }
  let rest = (high >>> 11) * 2 ** 32 + (low >>> 0)
  let text = ''
  for (let place = 0; place < 9; place += 1) {
    text += digits[rest % digits.length] ?? ''
    rest = Math.floor(rest / digits.length)
  }
  return text
}
