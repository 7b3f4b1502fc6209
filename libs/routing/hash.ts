/**
 * A number between 0 and 1 (both exclusive) that is the same for the same text on every machine: FNV-1a over UTF-16 code
 * units, then mixed (the finalizer of MurmurHash3), because FNV alone leaves texts with a common beginning close together.
 * No secret and no defence against crafted collisions.
 */
export function hashToUnit(text: string): number {
  let hash = 0x811c9dc5
  for (let index = 0; index < text.length; index++) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193)
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  hash ^= hash >>> 16
  return ((hash >>> 0) + 0.5) / 4_294_967_296
}
