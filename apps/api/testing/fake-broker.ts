import type { Frame, GatewayError } from '#contract'
import type { Broker, Submission } from '#queue'

/** One submission in a test's hands: the test plays the worker. */
export type FakeJob = {
  readonly submission: Submission
  /** One batch. */
  send(...frames: readonly Frame[]): void
  /** Ends the iterator without a terminal frame, as a broken broker would. */
  breakOff(): void
  readonly cancelled: Promise<void>
  /** How many batches were taken. */
  readonly taken: number
}

export type FakeBroker = Broker & {
  readonly jobs: readonly FakeJob[]
  /** The next submission that nobody has asked for yet. */
  nextJob(): Promise<FakeJob>
  /** Makes every submission and `depths` reject. */
  failWith(error: GatewayError | undefined): void
  setReady(ready: boolean): void
}

/** The Broker interface with a test for a worker: nothing is queued, every reply is what the test sends. */
export function createFakeBroker(): FakeBroker {
  const jobs: FakeJob[] = []
  const waiting: ((job: FakeJob) => void)[] = []
  let asked = 0
  let failure: GatewayError | undefined
  let isReady = true
  return {
    jobs,
    nextJob() {
      const job = jobs[asked++]
      if (job !== undefined) return Promise.resolve(job)
      return new Promise((resolve) => waiting.push(resolve))
    },
    failWith(error) {
      failure = error
    },
    setReady(ready) {
      isReady = ready
    },
    async submit(submission) {
      if (failure !== undefined) throw failure
      const { job, reply } = createJob(submission)
      jobs.push(job)
      waiting.shift()?.(job)
      return reply
    },
    consume: () => Promise.reject(new Error('the fake broker has no consumers')),
    async depths(providers) {
      if (failure !== undefined) throw failure
      return providers.map((provider) => ({
        provider,
        waiting: 3,
        delayed: 0,
        active: 2,
        admitted: 5,
        capacity: 6_000,
        oldestWaitMs: 1_500,
        drainPerSecond: 20,
      }))
    },
    async setLimits() {
      if (failure !== undefined) throw failure
    },
    ready: () => isReady,
    drain: () => Promise.resolve(),
    close: () => Promise.resolve(),
  }
}

function createJob(submission: Submission) {
  const batches: (readonly Frame[])[] = []
  const { promise: cancelled, resolve: noteCancelled } = Promise.withResolvers<void>()
  let wake = () => {}
  let ended = false
  let taken = 0
  const stop = () => {
    ended = true
    wake()
  }
  const job: FakeJob = {
    submission,
    send(...frames) {
      batches.push(frames)
      wake()
    },
    breakOff: stop,
    cancelled,
    get taken() {
      return taken
    },
  }
  async function* frames() {
    for (;;) {
      const batch = batches.shift()
      if (batch !== undefined) {
        taken += 1
        yield batch
      } else if (ended) return
      else {
        await new Promise<void>((resolve) => {
          wake = resolve
        })
      }
    }
  }
  const reply = {
    [Symbol.asyncIterator]: frames,
    cancel() {
      batches.length = 0
      noteCancelled()
      stop()
    },
  }
  return { job, reply }
}
