import type { CacheMark, JsonObject } from '#contract'
import { asObject } from '../../narrow.ts'

/**
 * The end of a reusable prompt prefix: the vendor's `prompt_cache_breakpoint` ({mode, ttl: '30m' | '12h'}), or the
 * `cache_control` that clients of this wire send for Anthropic's models.
 */
export function decodeCacheMark(part: JsonObject): CacheMark | undefined {
  const control = asObject(part['cache_control'])
  if (control !== undefined) {
    const ttl = control['ttl']
    return ttl === '5m' || ttl === '1h' ? { ttl } : {}
  }
  const breakpoint = asObject(part['prompt_cache_breakpoint'])
  if (breakpoint === undefined) return undefined
  return breakpoint['ttl'] === undefined ? {} : { ttl: '1h' }
}
