/**
 * What looks like a credential in text that others wrote. Vendors echo keys in error messages, some of them whole.
 * Order matters: named values first, so that `key=sk-…` keeps its name.
 */
const secrets: readonly { readonly pattern: RegExp; readonly replacement: string }[] = [
  { pattern: /\b(Bearer|Basic)\s+[^\s"',;]+/gi, replacement: '$1 ***' },
  // key=…, token=… as in an address
  { pattern: /([\w-]*(?:key|token|secret|password)=)[^\s"'&,;}]+/gi, replacement: '$1***' },
  {
    // "api_key": "…", x-api-key: …, token: …; a value without a digit is a word, not a credential
    pattern:
      /([\w-]*(?:key|token|secret|password|authorization)["']?\s*:\s*["']?)(?=[^\s"'&,;}]*\d)[^\s"'&,;}]{6,}/gi,
    replacement: '$1***',
  },
  // sk-…, sk-ant-…, sk-proj-…, gsk_…, xai-…, pplx-…, hf_…, nvapi-…, r8_…, and their half-masked forms (sk-ab***yz)
  { pattern: /\b(?:sk|pk|rk|gsk|xai|pplx|hf|nvapi|csk|fw|tgp|r8)[-_][\w*-]{4,}/g, replacement: '***' },
  // Google API keys and OAuth tokens, AWS access key ids, JSON Web Tokens
  { pattern: /\bAIza[\w-]{10,}/g, replacement: '***' },
  { pattern: /\bya29\.[\w.-]+/g, replacement: '***' },
  { pattern: /\b(?:AKIA|ASIA)[A-Z0-9]{12,}/g, replacement: '***' },
  { pattern: /\beyJ[\w-]+\.[\w-]+\.[\w-]*/g, replacement: '***' },
  // a long base64-ish run shortly after the word "key": "Incorrect API key provided: 0123456789abcdef0123…"
  { pattern: /(\bkey\b[^\n]{0,40}?)(?<![\w+/=-])[\w+/=-]{20,}/gi, replacement: '$1***' },
]

/** Longest text that is searched; the rest is cut off, so that a hostile body cannot make masking slow. */
const longestText = 4096

/** Replaces what looks like a key, token or password by `***`. Text beyond 4,096 characters is cut off. */
export function maskSecrets(text: string): string {
  let masked = text.length > longestText ? `${text.slice(0, longestText)}…` : text
  for (const { pattern, replacement } of secrets) masked = masked.replace(pattern, replacement)
  return masked
}
