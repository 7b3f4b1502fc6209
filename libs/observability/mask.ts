/** The most characters of a message that a log line keeps. */
const maxMessageLength = 512

/**
 * What must not be read in a log, and what is written in its place. All are linear: no nested repetition.
 * The JSON one is V8's: its syntax errors quote the text that they failed on, which is the caller's body.
 */
const masks: readonly (readonly [RegExp, string])[] = [
  [/(\.\.\.)?"[\s\S]{0,400}"(\.\.\.)? is not valid JSON/g, 'the text is not valid JSON'],
  [/(\w:\/\/)[^\s/@]{1,256}@/g, '$1[secret]@'],
  [/(\w:\/\/[^\s?#"'<>]{1,256})[?#][^\s"'<>]{0,2048}/g, '$1?[query]'],
  [/\b(bearer|basic)\s+[\w.~+/=-]{4,}/gi, '$1 [secret]'],
  [
    /\b(api[_-]?key|key|token|secret|password|passwd|authorization)(["']?\s*[=:]\s*["']?)[^\s"',;&}]{3,}/gi,
    '$1$2[secret]',
  ],
  [/\b(sk|pk|rk|gsk|xai|pplx|hf|nvapi|csk|fw|r8|key)[-_][\w-]{6,}/gi, '[secret]'],
  [/\bAIza[\w-]{10,}/g, '[secret]'],
  [/\b(AKIA|ASIA)[A-Z0-9]{12,}/g, '[secret]'],
  [/\beyJ[\w-]{10,}\.[\w-]+\.[\w-]*/g, '[secret]'],
]

/**
 * A text that is safe to log: what looks like a key, a credential in an address, an URL's query or a quoted body is
 * masked, and at most 512 characters are kept.
 */
export function maskText(text: string): string {
  // Cut first, with room to spare, so that a huge text costs nothing; a key cut in two at the end is cut off below.
  let masked = text.length > maxMessageLength * 2 ? text.slice(0, maxMessageLength * 2) : text
  for (const [pattern, replacement] of masks) masked = masked.replace(pattern, replacement)
  return masked.length > maxMessageLength ? `${masked.slice(0, maxMessageLength - 1)}…` : masked
}
