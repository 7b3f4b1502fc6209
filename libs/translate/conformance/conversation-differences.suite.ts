import type { Message, WireId } from '#contract'
import type { Difference } from './difference.suite.ts'
import { type Item, itemsOf } from './items.suite.ts'

/** What the wires call the attributes of a part. */
const attributeNames: Readonly<Record<string, readonly string[]>> = {
  cache: ['cache_control', 'prompt_cache_breakpoint', 'cachePoint', 'cache'],
  signature: ['signature', 'thoughtSignature', 'thought_signature'],
  detail: ['detail', 'image_url', 'mediaResolution'],
  isError: ['is_error', 'status', 'isError'],
  name: ['title', 'name', 'filename', 'displayName'],
}

/** How two conversations differ in what was said, by whom, and with which attributes. */
export function conversationDifferences(
  before: readonly Message[],
  after: readonly Message[],
  to: WireId,
): readonly Difference[] {
  const left = itemsOf(before, to)
  const right = itemsOf(after, to)
  const pairs = align(left, right)
  const differences = pairs.flatMap(({ one, other }) => compare(one, other))
  for (const gap of gapsOf(left, right, pairs)) differences.push(...compareGap(gap))
  return differences
}

type Pair = { readonly one: Item; readonly other: Item; readonly at: number; readonly otherAt: number }

/** The longest common subsequence by key: what stands on both sides in the same order. */
function align(left: readonly Item[], right: readonly Item[]): readonly Pair[] {
  const lengths = commonLengths(left, right)
  const pairs: Pair[] = []
  let at = 0
  let otherAt = 0
  for (let one = left[at], other = right[otherAt]; one && other; one = left[at], other = right[otherAt]) {
    if (one.key === other.key) pairs.push({ one, other, at: at++, otherAt: otherAt++ })
    else if ((lengths[at + 1]?.[otherAt] ?? 0) >= (lengths[at]?.[otherAt + 1] ?? 0)) at += 1
    else otherAt += 1
  }
  return pairs
}

/** How long the longest common subsequence is from each pair of positions on. */
function commonLengths(left: readonly Item[], right: readonly Item[]): readonly (readonly number[])[] {
  let below = new Array<number>(right.length + 1).fill(0)
  const rows = [below]
  for (const one of left.toReversed()) {
    const row = new Array<number>(right.length + 1).fill(0)
    for (let column = right.length - 1; column >= 0; column -= 1) {
      const same = one.key === right[column]?.key
      row[column] = same ? (below[column + 1] ?? 0) + 1 : Math.max(below[column] ?? 0, row[column + 1] ?? 0)
    }
    rows.unshift(row)
    below = row
  }
  return rows
}

function compare(one: Item, other: Item): readonly Difference[] {
  const differences: Difference[] = []
  if (one.speaker !== other.speaker) {
    differences.push({
      what: `${one.speaker} speaks as ${other.speaker}`,
      base: one.base,
      names: ['role'],
      whole: true,
    })
  }
  for (const name of new Set([...one.attributes.keys(), ...other.attributes.keys()])) {
    const said = one.attributes.get(name)
    const heard = other.attributes.get(name)
    if (said === heard || (said === undefined && madeUp.has(name))) continue
    differences.push({
      what: `${name}: ${said ?? 'none'} → ${heard ?? 'none'}`,
      base: one.base,
      names: attributeNames[name] ?? [name],
      // What a refusal says is said as a text, too.
      ...(name === 'refusal' && { neutral: true }),
      // A mark on the request stands on its last part where requests bear none.
      ...(name === 'cache' && said === undefined && { cause: ['cache_control', 'cache'] }),
    })
  }
  return differences
}

/** What a wire makes up because its vendor wants one: a document's name, a stand-in for a tool call's signature. */
const madeUp: ReadonlySet<string> = new Set(['name', 'signature'])

type Gap = { readonly lost: readonly Item[]; readonly added: readonly Item[] }

/** What stands between the pairs on either side. */
function gapsOf(left: readonly Item[], right: readonly Item[], pairs: readonly Pair[]): readonly Gap[] {
  const ends = [
    ...pairs.map(({ at, otherAt }) => ({ at, otherAt })),
    { at: left.length, otherAt: right.length },
  ]
  let from = 0
  let otherFrom = 0
  return ends.map(({ at, otherAt }) => {
    const gap = { lost: left.slice(from, at), added: right.slice(otherFrom, otherAt) }
    from = at + 1
    otherFrom = otherAt + 1
    return gap
  })
}

/** Texts that were cut or joined elsewhere say the same; everything else in a gap was lost or made up. */
function compareGap({ lost, added }: Gap): readonly Difference[] {
  const onlyTexts = [...lost, ...added].every(({ text }) => text !== undefined)
  if (lost.length > 0 && onlyTexts && joined(lost) === joined(added)) {
    const attributes = lost.flatMap((item) =>
      compare(item, { ...item, attributes: new Map(), speaker: added[0]?.speaker ?? item.speaker }),
    )
    return added.some((item) => item.attributes.size > 0) ? [] : attributes
  }
  return [
    ...lost.map(({ key, base }): Difference => ({ what: `lost ${key}`, base, names: [], whole: true })),
    ...added.map(({ key }): Difference => ({ what: `made up ${key}`, names: [], added: true })),
  ]
}

const joined = (items: readonly Item[]) => items.map(({ text }) => text?.replace(/\s+/g, '')).join('')
