/** A number from 0 (inclusive) to 1 (exclusive), as `Math.random` gives it; handed in, so that tests can seed it. */
export type Random = () => number

/** One of `items` by weight; weights that are all 0 count as equal. `undefined` when there is nothing to choose from. */
export function chooseWeighted<Item extends { readonly weight: number }>(
  items: readonly Item[],
  random: Random,
): Item | undefined {
  const total = items.reduce((sum, item) => sum + item.weight, 0)
  if (total <= 0) return items[Math.floor(random() * items.length)]
  let point = random() * total
  for (const item of items) {
    point -= item.weight
    if (point < 0) return item
  }
  // Rounding can leave a crumb of `point`: the last one that can be chosen at all has it.
  return items.findLast((item) => item.weight > 0)
}
