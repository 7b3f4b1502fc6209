import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { createBag, createShelf } from './bag.ts'

test('a bag holds what a set would hold, whatever enters and leaves', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(40)), (steps) => {
      const bag = createBag<{ readonly step: number }>()
      const inside: { readonly place: number; readonly item: { readonly step: number } }[] = []
      for (const step of steps) {
        const leaving = step % 2 === 0 ? undefined : inside.splice(step % (inside.length + 1), 1)[0]
        if (leaving === undefined) {
          const item = { step }
          inside.push({ place: bag.add(item), item })
        } else {
          bag.remove(leaving.place)
          // Once more changes nothing.
          bag.remove(leaving.place)
        }
        assert.equal(bag.size, inside.length)
        assert.deepEqual(new Set(bag.all()), new Set(inside.map(({ item }) => item)))
      }
    }),
  )
})

test('a bag’s places are used again', () => {
  const bag = createBag<object>()
  const first = bag.add({})
  bag.add({})
  bag.remove(first)
  assert.equal(bag.add({}), first)
})

test('a shelf holds what a map would hold, in its order', () => {
  const step = fc.record({ name: fc.constantFrom('a', 'b', 'c', 'd'), item: fc.option(fc.object()) })
  fc.assert(
    fc.property(fc.array(step), (steps) => {
      const shelf = createShelf<object>()
      const map = new Map<string, object>()
      for (const { name, item } of steps) {
        if (item === null) {
          shelf.delete(name)
          map.delete(name)
        } else {
          shelf.set(name, item)
          map.set(name, item)
        }
        assert.equal(shelf.size, map.size)
        assert.deepEqual(shelf.values(), [...map.values()])
        assert.equal(shelf.get(name), map.get(name))
      }
      shelf.clear()
      assert.deepEqual(shelf.values(), [])
    }),
  )
})
