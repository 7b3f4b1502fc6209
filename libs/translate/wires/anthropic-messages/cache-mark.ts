import type { CacheMark, JsonObject } from '#contract'
import { asObject } from '../../narrow.ts'

/** `cache_control: {type: 'ephemeral', ttl?}` of a block, a tool or the request. */
export function decodeCacheMark(object: JsonObject): CacheMark | undefined {
  const control = asObject(object['cache_control'])
  if (control === undefined) return undefined
  const ttl = control['ttl']
  return ttl === '5m' || ttl === '1h' ? { ttl } : {}
}

export function encodeCacheMark(mark: CacheMark): JsonObject {
  return mark.ttl === undefined ? { type: 'ephemeral' } : { type: 'ephemeral', ttl: mark.ttl }
}
