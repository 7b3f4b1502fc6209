/** Bytes here; text that is no base64 goes as the bytes of that text. */
export function base64Of(text: string): string {
  const isBase64 = text.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(text)
  return isBase64 ? text : Buffer.from(text).toString('base64')
}
