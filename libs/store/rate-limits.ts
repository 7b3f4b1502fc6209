/** How long a window of a limit lasts. It begins with the first points taken in it. */
export const rateWindowMs = 60_000

/** Points to be taken of one limit. The name holds no secret and is short. */
export type RateTaking = {
  readonly name: string
  /** A whole number, not negative, at most the limit. */
  readonly points: number
  readonly limitPerMinute: number
}

/** What a window says after a taking, or of a refusal. */
export type RateState = RateTaking & {
  readonly refused: boolean
  /** Points that are left in the window. */
  readonly remaining: number
  /** Until the window ends, and all points are there again. */
  readonly resetMs: number
  /** The end of the window by the clock of this process's store: for `settle` alone. */
  readonly untilMs: number
}

export type RateReservation = {
  readonly allowed: boolean
  /** Of the stages that were asked, in their order; after a refusal those behind it are missing. */
  readonly states: readonly RateState[]
}

/**
 * Points per minute that all replicas share, in fixed windows of a minute. Counting is atomic: however many ask at once,
 * a window never gives more than its limit. A refusal takes nothing. Rejects with GatewayError `unavailable` within 1.1 s
 * while the store is away: there is no counting per process instead.
 */
export type RateLimits = {
  /**
   * Takes the points of all or of none, stage after stage: a stage is asked when the one before it has given, and what was
   * taken is given back when one refuses. Narrow limits come first, so that whoever has used up its own takes nothing, not
   * even for a moment, of what it shares with others.
   */
  reserve(stages: readonly (readonly RateTaking[])[]): Promise<RateReservation>
  /**
   * Corrects what was taken. More points are counted now, whatever they make of the window; points given back count where
   * they were taken: when that window is over, or so nearly that they could come too late, its end has given them back.
   */
  settle(taken: Pick<RateState, 'name' | 'untilMs'>, delta: number): Promise<void>
}

/** Counts points of single limits; what the two rooms differ in. */
export type RateCounters = {
  take(taking: RateTaking): Promise<RateState>
  settle: RateLimits['settle']
}

/** `wanted` turns false when the caller has been answered without it: then all that was taken is given back. */
export async function reserveInStages(
  counters: RateCounters,
  stages: readonly (readonly RateTaking[])[],
  wanted: () => boolean = () => true,
): Promise<RateReservation> {
  const states: RateState[] = []
  for (const stage of stages) {
    const answers = await Promise.allSettled(stage.map(counters.take))
    const failed = answers.find((answer) => answer.status === 'rejected')
    states.push(...answers.flatMap((answer) => (answer.status === 'fulfilled' ? [answer.value] : [])))
    if (failed === undefined && states.every((state) => !state.refused) && wanted()) continue
    const taken = states.filter((state) => !state.refused)
    const returned = await Promise.allSettled(taken.map((state) => counters.settle(state, -state.points)))
    // The first reason says more than that giving back failed as well; both end with the window.
    const unreturned = failed ?? returned.find((answer) => answer.status === 'rejected')
    if (unreturned !== undefined) throw unreturned.reason
    return { allowed: false, states: states.map(withoutTaking) }
  }
  return { allowed: true, states }
}

function withoutTaking(state: RateState): RateState {
  return state.refused ? state : { ...state, remaining: state.remaining + state.points }
}
