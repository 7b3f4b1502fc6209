import type { Checked } from './url.ts'

const token = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/
// Visible ASCII, spaces and tabs inside (RFC 9110 5.5); undici refuses what is outside Latin-1.
const headerValue = /^[\t\x20-\x7E\x80-\xFF]*$/

/** Headers that frame the message or belong to one connection: the transport writes them. */
const framing = new Set([
  'connection',
  'content-length',
  'content-type',
  'expect',
  'host',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
])

/** Headers in which a caller's credential travels; the contract says that it never goes up. */
const credentials = new Set([
  'api-key',
  'authorization',
  'cookie',
  'x-amz-security-token',
  'x-api-key',
  'x-goog-api-key',
  'xi-api-key',
])

/** The name in lower case, for `network_config.extra_headers`. */
export function checkExtraHeader(name: string, value: string): Checked<string> {
  const lower = name.toLowerCase()
  if (!token.test(name)) return { ok: false, message: 'is not the name of an HTTP header.' }
  if (framing.has(lower))
    return { ok: false, message: 'is written by the transport and cannot be set; remove it.' }
  if (!headerValue.test(value)) {
    return {
      ok: false,
      message: 'has a value that no header can carry (a line break, a control or a wide character).',
    }
  }
  return { ok: true, value: lower }
}

/** The name in lower case, of a header that is only read. */
export function checkHeaderName(name: string): Checked<string> {
  if (token.test(name)) return { ok: true, value: name.toLowerCase() }
  return { ok: false, message: 'is not the name of an HTTP header.' }
}

/** The name in lower case, for `server.forward_headers`. */
export function checkForwardedHeader(name: string): Checked<string> {
  const lower = name.toLowerCase()
  if (!token.test(name)) return { ok: false, message: 'is not the name of an HTTP header.' }
  if (credentials.has(lower)) {
    return { ok: false, message: "carries the caller's credential, which is never sent upstream; remove it." }
  }
  if (framing.has(lower))
    return { ok: false, message: 'belongs to one connection and cannot be forwarded; remove it.' }
  return { ok: true, value: lower }
}
