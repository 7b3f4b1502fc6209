/*
 * Vectors of floats as base64: little-endian 32-bit floats one after another, as OpenAI and Cohere write them. Official
 * clients ask for this form unasked, because it is a third as long.
 */
export function encodeFloats(values: readonly number[]): string {
  const bytes = Buffer.alloc(values.length * 4)
  for (const [index, value] of values.entries()) bytes.writeFloatLE(value, index * 4)
  return bytes.toString('base64')
}

/** Incomplete floats at the end are left out. */
export function decodeFloats(base64: string): readonly number[] {
  const bytes = Buffer.from(base64, 'base64')
  const values: number[] = []
  for (let at = 0; at + 4 <= bytes.length; at += 4) values.push(bytes.readFloatLE(at))
  return values
}
