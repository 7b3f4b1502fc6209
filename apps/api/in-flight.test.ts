import assert from 'node:assert/strict'
import { test } from 'node:test'
import { GatewayError } from '#contract'
import { createInFlight } from './in-flight.ts'

const error = new GatewayError({ kind: 'unavailable', code: 'draining', message: 'x' })

test('whenEmpty resolves with the last request, at once when there is none', async () => {
  const inFlight = createInFlight()
  await inFlight.whenEmpty()
  const first = { abort() {}, closeAfterAnswer() {} }
  const second = { abort() {}, closeAfterAnswer() {} }
  const firstPlace = inFlight.add(first)
  const secondPlace = inFlight.add(second)
  let empty = false
  const done = inFlight.whenEmpty().then(() => {
    empty = true
  })
  inFlight.remove(firstPlace)
  await Promise.resolve()
  assert.equal(empty, false)
  inFlight.remove(secondPlace)
  await done
  assert.equal(inFlight.size, 0)
})

test('abortAll tells every request; a refusal to accept is final', () => {
  const inFlight = createInFlight()
  const told: unknown[] = []
  for (const id of [1, 2]) {
    inFlight.add({ abort: (reason) => told.push(reason), closeAfterAnswer: () => told.push(id) })
  }
  assert.equal(inFlight.accepting, true)
  inFlight.stopAccepting()
  inFlight.abortAll(error)
  assert.equal(inFlight.accepting, false)
  assert.deepEqual(told, [1, 2, error, error])
})
