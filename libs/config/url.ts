/** A piece of an address, or what would be right instead. */
export type Checked<Value> =
  | { readonly ok: true; readonly value: Value }
  | { readonly ok: false; readonly message: string }

const versionSegment = /\/(?:v1|v1beta|v2)$/

/**
 * An origin plus fixed prefix: no trailing slash, no trailing version segment, so that the endpoint's own is never
 * doubled. Never shows the address: it may hold a credential.
 */
export function checkBaseUrl(text: string): Checked<string> {
  const url = URL.parse(text.trim())
  if (url === null || (url.protocol !== 'http:' && url.protocol !== 'https:') || url.hostname === '') {
    return { ok: false, message: 'must be an http:// or https:// URL, for example "https://api.openai.com".' }
  }
  if (url.username !== '' || url.password !== '') {
    return { ok: false, message: 'must not hold a user or password; write the credential in keys[].value.' }
  }
  if (url.search !== '' || url.hash !== '') {
    return { ok: false, message: 'must be an address without "?" and "#": paths are added to it.' }
  }
  const path = url.pathname.replace(/\/+$/, '').replace(versionSegment, '').replace(/\/+$/, '')
  return { ok: true, value: url.origin + path }
}

/** An origin as browsers write it in the `Origin` header, or `*`. */
export function checkOrigin(text: string): Checked<string> {
  const url = URL.parse(text)
  if (text === '*') return { ok: true, value: text }
  if (url === null || url.host === '' || !text.toLowerCase().replace(/\/$/, '').endsWith(url.host)) {
    return {
      ok: false,
      message: 'must be "*" or an origin such as "https://app.example.com", without a path.',
    }
  }
  // `origin` is "null" for schemes such as app://, which browsers shells do send.
  return { ok: true, value: `${url.protocol}//${url.host}` }
}
