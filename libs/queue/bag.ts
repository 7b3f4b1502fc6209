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

/** The same for what is found by a name. */
export type Shelf<Item> = {
  readonly size: number
  get(name: string): Item | undefined
  /** In the place of what had the name before, else behind all others. */
  set(name: string, item: Item): void
  delete(name: string): void
  /** In the order in which they were set. */
  values(): readonly Item[]
  clear(): void
}

/** The map that is copied leads to names and numbers alone. */
export function createShelf<Item extends object>(): Shelf<Item> {
  const places = new Map<string, number>()
  const items: (Item | undefined)[] = []
  const free: number[] = []
  return {
    get size() {
      return places.size
    },
    get(name) {
      const place = places.get(name)
      return place === undefined ? undefined : items[place]
    },
    set(name, item) {
      const place = places.get(name) ?? free.pop() ?? items.length
      places.set(name, place)
      items[place] = item
    },
    delete(name) {
      const place = places.get(name)
      if (place === undefined) return
      places.delete(name)
      items[place] = undefined
      free.push(place)
    },
    values: () => [...places.values()].flatMap((place) => items[place] ?? []),
    clear() {
      places.clear()
      items.length = 0
      free.length = 0
    },
  }
}
