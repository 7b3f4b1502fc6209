import { GatewayError } from '#contract'
import type { Logger } from '#observability'
import type { Windows } from '#store'
import type { Broker, Reply, Submission } from '../broker.ts'
import { createDrainRates } from '../drain-rate.ts'
import { brokerClosed, outcomeUnknown, storeUnavailable, workerDraining } from '../errors.ts'
import { type BrokerObserver, silentObserver } from '../observer.ts'
import { waitUntil } from '../wait-until.ts'
import { createQueues } from './queues.ts'
import { createRequest, type Request } from './request.ts'
import { createRunner } from './run-job.ts'

export type MemoryBrokerOptions = {
  readonly logger: Logger
  readonly observer?: BrokerObserver
  /** Sends every header and frame through the Redis codec, so that a suite shows that the two rooms carry the same. */
  readonly throughCodec?: boolean
  /** Counts the jobs that end, for Retry-After and depths; without it both know no rate. */
  readonly windows?: Windows
}

const abortLimitMs = 1_000

/** The broker of one process: the same promises, without Redis and without copies. */
export function createMemoryBroker(options: MemoryBrokerOptions): Broker {
  const observer = options.observer ?? silentObserver
  const rates = createDrainRates(options.windows)
  const queues = createQueues(rates)
  const { run, running } = createRunner({ queues, rates, observer, logger: options.logger })
  const open = new Set<Request>()
  let closed = false

  /** The reply, or why the queue does not take it. */
  function admit(submission: Submission): Reply | Promise<GatewayError> {
    if (closed) throw storeUnavailable(undefined)
    const request: Request = createRequest({
      submission,
      throughCodec: options.throughCodec === true,
      withdraw: ({ id, target }, unstarted) => queues.of(target.provider).withdraw(id, { unstarted }),
      onEnded: () => open.delete(request),
    })
    const { limits, delayMs = 0, tenantShare = 1 } = submission
    const refused = queues.admit(request, { limits, delayMs, tenantShare })
    if (refused !== undefined) return refused
    if (!request.pipe.ended) open.add(request)
    request.arm()
    return request.reply
  }

  return {
    async submit(submission) {
      try {
        const reply = admit(submission)
        if (reply instanceof Promise) throw await reply
        return reply
      } catch (error) {
        const provider = submission.header.plan[submission.header.hop]?.provider ?? 'unknown'
        observer.rejected(provider, GatewayError.from(error).code)
        throw error
      }
    },
    async consume({ provider, limits, process }) {
      const queue = queues.of(provider)
      queue.consume(limits, (request) => run(request, process))
      return {
        pause: async () => queue.pause(),
        get running() {
          return queue.running
        },
      }
    },
    depths: (providers) =>
      Promise.all(
        providers.map(async (provider) =>
          queues.of(provider).depth(provider, (await rates.perSecond(provider)) ?? 0),
        ),
      ),
    setLimits: async (provider, limits) => queues.of(provider).setLimits(limits),
    ready: () => !closed,
    async drain(graceMs) {
      for (const queue of queues.all()) queue.pause()
      await waitUntil(() => running.size === 0, graceMs)
      for (const { request } of running) request.abort(workerDraining())
      await waitUntil(() => running.size === 0, abortLimitMs)
      for (const { request } of running) request.end(outcomeUnknown())
    },
    async close() {
      closed = true
      for (const request of open) request.end(brokerClosed())
      for (const queue of queues.all()) queue.close()
    },
  }
}
