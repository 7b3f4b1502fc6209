import { maskSecrets } from '#translate'

/** One JSON string with its quotes. */
const jsonString = /"(?:[^"\\]|\\.)*"/g

/**
 * Masks what looks like a key in a provider's error answer, and `credential` itself wherever it stands. Only strings
 * that change are printed anew; every other byte stays as it came. `json` must be valid JSON.
 */
export function maskAnswer(json: Buffer, credential: string): Buffer {
  const text = json.toString('utf8')
  const masked = text.replace(jsonString, (literal) => {
    const value = JSON.parse(literal) as string
    const safe = maskSecrets(credential === '' ? value : value.replaceAll(credential, '***'))
    return safe === value ? literal : JSON.stringify(safe)
  })
  return masked === text ? json : Buffer.from(masked)
}
