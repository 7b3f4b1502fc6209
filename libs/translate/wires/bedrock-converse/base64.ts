import { isSealedReasoning } from '../../sealed-reasoning.ts'

/** Bytes here; text that is no base64 goes as the bytes of that text. */
export function base64Of(text: string): string {
  const isBase64 = text.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(text)
  return isBase64 ? text : Buffer.from(text).toString('base64')
}

/** Redacted reasoning as it was before `base64Of`: OpenAI's, which a caller holds for it, is no base64. */
export function redactedOf(base64: string): string {
  const text = Buffer.from(base64, 'base64').toString()
  return isSealedReasoning(text) ? text : base64
}
