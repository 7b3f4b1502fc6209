import { createHash } from 'node:crypto'

/** A unit vector that hangs on the text alone, its numbers exact in 32 bits. */
export function vectorOf(text: string, dimensions: number): readonly number[] {
  const seed = createHash('sha256').update(text).digest()
  const numbers = Array.from({ length: dimensions }, (_, index) => {
    const byte = seed[index % seed.length] ?? 0
    return ((byte * (index + 1)) % 255) - 127
  })
  const length = Math.hypot(...numbers) || 1
  return numbers.map((number) => Math.fround(number / length))
}

/** Its bytes, as vendors send them in base64. */
export function base64Of(vector: readonly number[]): string {
  return Buffer.from(new Float32Array(vector).buffer).toString('base64')
}
