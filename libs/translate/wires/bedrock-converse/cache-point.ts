import type { CacheMark, Json, JsonObject } from '#contract'
import { asObject } from '../../narrow.ts'
import type { Warnings } from '../../warnings.ts'
import type { ModelTraits } from './model-traits.ts'

/*
 * `{"cachePoint": {"type": "default", "ttl"?}}` stands behind what it marks: a block of a message, of the system prompt
 * or a tool. On the canonical model the mark is on the part itself.
 */

/** The mark of a cache point; `undefined` for every other block, and for one that says more than a mark can. */
export function decodeCachePoint(value: Json | undefined): CacheMark | undefined {
  const block = asObject(value)
  const point = asObject(block?.['cachePoint'])
  if (block === undefined || point === undefined || Object.keys(block).length > 1) return undefined
  const { type, ttl, ...others } = point
  if (type !== 'default' || Object.keys(others).length > 0) return undefined
  if (ttl === undefined || ttl === null) return {}
  return ttl === '5m' || ttl === '1h' ? { ttl } : undefined
}

/**
 * The cache point of a mark; none where the model takes none there. `path` is where what it marks stood. Five minutes are
 * the default, and an hour goes down to them (`changed`) where the model knows no other.
 */
export function encodeCachePoint(
  mark: CacheMark,
  options: {
    readonly path: string
    readonly place: 'blocks' | 'tools'
    readonly traits: Pick<ModelTraits, 'caching'>
    readonly warnings: Warnings
  },
): readonly JsonObject[] {
  const { path, place, warnings } = options
  const { caching } = options.traits
  const { ttl } = mark
  if (!caching[place]) {
    warnings.unsupported(`${path}.cache_control`)
    return []
  }
  if (ttl === undefined) return [{ cachePoint: { type: 'default' } }]
  if (caching.hour) return [{ cachePoint: { type: 'default', ttl } }]
  if (ttl === '1h') warnings.changed(`${path}.cache_control`)
  return [{ cachePoint: { type: 'default' } }]
}

/** Items, and where each stood among the blocks. */
export type Marked<Item> = { readonly items: readonly Item[]; readonly positions: readonly number[] }

/**
 * Blocks → items, each cache point onto the item before it. One that marks nothing (the first, behind what bears no
 * marks, a second in a row) is an item of its own.
 */
export function decodeMarked<Item extends { readonly type: string; readonly cache?: CacheMark }>(
  values: readonly Json[],
  decode: (value: Json, index: number) => Item,
): Marked<Item> {
  const items: Item[] = []
  const positions: number[] = []
  for (const [index, value] of values.entries()) {
    const last = items.at(-1)
    const mark = last === undefined || !bearsMark(last) ? undefined : decodeCachePoint(value)
    if (last === undefined || mark === undefined) {
      items.push(decode(value, index))
      positions.push(index)
    } else items[items.length - 1] = { ...last, cache: mark }
  }
  return { items, positions }
}

function bearsMark(item: { readonly type: string; readonly cache?: CacheMark }): boolean {
  return item.type !== 'opaque' && item.cache === undefined
}
