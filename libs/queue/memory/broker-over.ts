import { GatewayError } from '#contract'
import type { Logger } from '#observability'
import { createBag } from '../bag.ts'
import type { Broker, Reply, Submission } from '../broker.ts'
import { brokerClosed, outcomeUnknown, storeUnavailable, workerDraining } from '../errors.ts'
import { type BrokerObserver, silentObserver } from '../observer.ts'
import { waitUntil } from '../wait-until.ts'
import type { Queues } from './queues.ts'
import { createRequest, type Request } from './request.ts'
import { createRunner } from './run-job.ts'

export type BrokerOverOptions = {
  readonly logger: Logger
  readonly observer?: BrokerObserver
  /** Sends every header and frame through the Redis codec, so that a suite shows that the two rooms carry the same. */
  readonly throughCodec?: boolean
}

const abortLimitMs = 1_000

/** A broker whose requests are answered in the process that took them, wherever their turns are decided. */
export function createBrokerOver(queues: Queues, options: BrokerOverOptions): Broker {
  const observer = options.observer ?? silentObserver
  const { run, running } = createRunner({ queues, observer, logger: options.logger })
  const open = createBag<Request>()
  let closed = false

  /** The reply; where it is not admitted at once, when it is known. Throws and rejects with why it is not. */
  function submit(submission: Submission): Reply | Promise<Reply> {
    if (closed) throw storeUnavailable(undefined)
    let place: number | undefined
    const request: Request = createRequest({
      submission,
      throughCodec: options.throughCodec === true,
      withdraw: (one, unstarted) => queues.withdraw(one, { unstarted }),
      onEnded() {
        if (place !== undefined) open.remove(place)
        place = undefined
      },
    })
    const { limits, delayMs = 0, tenantShare = 1 } = submission
    const { provider } = request.target
    const refused = queues.admit(request, provider, {
      limits,
      delayMs,
      tenantShare,
      onAdmitted() {
        place = open.add(request)
        request.arm()
      },
    })
    if (refused === undefined) return request.reply
    return refused.then((error) => {
      if (error !== undefined) throw error
      return request.reply
    })
  }

  return {
    async submit(submission) {
      try {
        const reply = submit(submission)
        return reply instanceof Promise ? await reply : reply
      } catch (error) {
        const provider = submission.header.plan[submission.header.hop]?.provider ?? 'unknown'
        observer.rejected(provider, GatewayError.from(error).code)
        throw error
      }
    },
    async consume({ provider, limits, process }) {
      await queues.consume(provider, limits, (request) => run(request, process))
      return {
        pause: async () => queues.pause(provider),
        get running() {
          return queues.running(provider)
        },
      }
    },
    depths: (providers) => queues.depths(providers),
    setLimits: (provider, limits) => queues.setLimits(provider, limits),
    ready: () => !closed && queues.ready(),
    async drain(graceMs) {
      queues.pause()
      await waitUntil(() => running.size === 0, graceMs)
      for (const request of running.all()) request.abort(workerDraining())
      await waitUntil(() => running.size === 0, abortLimitMs)
      for (const request of running.all()) request.end(outcomeUnknown())
    },
    async close() {
      closed = true
      for (const request of open.all()) request.end(brokerClosed())
      queues.close()
    },
  }
}
