/**
 * What is in hand, in no order. A Set that things enter and leave all the time is copied again and again, and each old
 * table leads to the next: one that has become old keeps alive, for the scavenger, all that ever stood in those after it.
 * Here everything has a place that is used again.
 */
export type Bag<Item> = {
  readonly size: number
  /** The place, for `remove`. */
  add(item: Item): number
  remove(place: number): void
  all(): readonly Item[]
}

export function createBag<Item>(): Bag<Item> {
  const places: (Item | undefined)[] = []
  const free: number[] = []
  return {
    get size() {
      return places.length - free.length
    },
    add(item) {
      const place = free.pop() ?? places.length
      places[place] = item
      return place
    },
    remove(place) {
      if (places[place] === undefined) return
      places[place] = undefined
      free.push(place)
    },
    all: () => places.filter((item) => item !== undefined),
  }
}
