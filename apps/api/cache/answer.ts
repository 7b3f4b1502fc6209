import type { Frame } from '#contract'
import type { Reply } from '#queue'
import { failFrame, isRefusal } from './errors.ts'
import type { Ask, Flight } from './flight.ts'
import { type Next, nextStep, type Step } from './next-step.ts'
import type { Reader } from './shared-reply.ts'
import type { CacheOutcome, CacheRequest } from './types.ts'

/** A place in a flight; `leads`: it is this request's own call. */
export type Seat = { readonly flight: Flight; readonly reader: Reader; readonly leads: boolean }

/*
 * One request's way through the cache.
 *
 *   boarding → riding → over
 *   riding   → the call failed for a reason of the request whose call it was → boarding, as long as there is time
 *   riding   → fell too far behind, or found the queue full for another → alone, if nothing has gone out
 *   any      → cancel() → over
 */
type Read = Awaited<ReturnType<Reader['read']>>
type Ride = { readonly seat: Seat; readonly deadline: Deadline; begun: boolean }

/** The reply of one request; nothing begins before it is read. */
export function createAnswer(options: {
  readonly request: CacheRequest
  readonly ask: Ask
  /** Monotonic. */
  readonly nowMs: () => number
  readonly board: (startedMs: number) => Seat
}): Reply {
  const { request, nowMs } = options
  let startedMs = 0
  let cancelled = false
  let reader: Reader | undefined
  let own: Reply | undefined
  let told: CacheOutcome | undefined

  const tell = (outcome: CacheOutcome) => {
    if (told !== outcome) request.onOutcome(outcome)
    told = outcome
  }
  const leftMs = () => request.timeoutMs - (nowMs() - startedMs)

  async function* frames(): AsyncGenerator<readonly Frame[], void> {
    startedMs = nowMs()
    let next: Next = 'board'
    while (next === 'board' && !cancelled) next = yield* rideIn(options.board(startedMs))
    if (next === 'alone' && !cancelled) yield* alone()
  }
  const stepOf = (read: Read, ride: Ride): Step => {
    const { seat, deadline, begun } = ride
    if (cancelled) return { type: 'go', to: 'over' }
    const hasTime = leftMs() > 0
    const step = nextStep(read, { leads: seat.leads, begun, late: deadline.passed, hasTime })
    if (step.type === 'go') return step
    tell(outcomeOf(seat))
    ride.begun ||= step.frames.some(({ type }) => type === 'head')
    if (ride.begun && request.stream) deadline.clear()
    return step
  }
  async function* rideIn(seat: Seat): AsyncGenerator<readonly Frame[], Next> {
    reader = seat.reader
    const deadline = startDeadline(seat.reader, seat.leads ? undefined : leftMs())
    const ride: Ride = { seat, deadline, begun: false }
    try {
      for (;;) {
        const step = stepOf(await seat.reader.read(), ride)
        if (step.type === 'go') return step.to
        yield step.frames
        if (step.type === 'last') return 'over'
      }
    } finally {
      deadline.clear()
      seat.reader.leave()
    }
  }
  async function* alone(): AsyncGenerator<readonly Frame[], void> {
    tell('miss')
    try {
      own = await options.ask(nowMs() - startedMs)
    } catch (error) {
      if (!isRefusal(error)) throw error
      yield [failFrame(error)]
      return
    }
    if (cancelled) own.cancel()
    yield* own
  }
  return {
    [Symbol.asyncIterator]: frames,
    cancel() {
      cancelled = true
      reader?.leave()
      own?.cancel()
    },
  }
}

function outcomeOf({ flight, leads }: Seat): CacheOutcome {
  if (flight.origin === 'stored') return 'hit'
  return leads && flight.origin === 'asked' ? 'miss' : 'joined'
}

type Deadline = { readonly passed: boolean; clear(): void }

/** Another request's call keeps that request's time, not this one's. Undefined for one's own, which does. */
function startDeadline(reader: Reader, leftMs: number | undefined): Deadline {
  let passed = false
  const pass = () => {
    passed = true
    reader.leave()
  }
  const timer = leftMs === undefined ? undefined : setTimeout(pass, Math.max(0, leftMs))
  return {
    get passed() {
      return passed
    },
    clear: () => clearTimeout(timer),
  }
}
