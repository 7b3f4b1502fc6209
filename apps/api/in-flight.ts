import type { GatewayError } from '#contract'
import { createBag } from '#queue'

/** A request that has been accepted and whose connection has not been closed or given back yet. */
export type InHand = {
  abort(error: GatewayError): void
  /** The connection shall not be used for another request after this one. */
  closeAfterAnswer(): void
}

/**
 * The requests in hand, for a drain.
 *
 *   open      → stopAccepting() → draining   new requests are refused, those in hand go on
 *   draining  → abortAll(error) → draining   those in hand end with `error`
 *
 * `whenEmpty` resolves as soon as none is left.
 */
export type InFlight = {
  readonly accepting: boolean
  readonly size: number
  /** Its place, for `remove`. */
  add(request: InHand): number
  remove(place: number): void
  stopAccepting(): void
  abortAll(error: GatewayError): void
  whenEmpty(): Promise<void>
}

export function createInFlight(): InFlight {
  const requests = createBag<InHand>()
  let accepting = true
  let waiters: (() => void)[] = []
  return {
    get accepting() {
      return accepting
    },
    get size() {
      return requests.size
    },
    add: requests.add,
    remove(place) {
      requests.remove(place)
      if (requests.size > 0) return
      for (const wake of waiters) wake()
      waiters = []
    },
    stopAccepting() {
      accepting = false
      for (const request of requests.all()) request.closeAfterAnswer()
    },
    abortAll(error) {
      for (const request of requests.all()) request.abort(error)
    },
    whenEmpty() {
      if (requests.size === 0) return Promise.resolve()
      return new Promise((resolve) => waiters.push(resolve))
    },
  }
}
