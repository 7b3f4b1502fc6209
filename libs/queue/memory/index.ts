import { GatewayError } from '#contract'
import type { Logger } from '#observability'
import type { Broker, ConsumeOptions, Reply, Submission } from '../broker.ts'
import { deliver } from '../deliver.ts'
import { brokerClosed, outcomeUnknown, queueFull, storeUnavailable, workerDraining } from '../errors.ts'
import { type BrokerObserver, silentObserver } from '../observer.ts'
import { createReplyWriter } from '../reply-writer.ts'
import { waitUntil } from '../wait-until.ts'
import { createProviderQueue, type ProviderQueue } from './provider-queue.ts'
import { createRequest, type Request } from './request.ts'

export type MemoryBrokerOptions = {
  readonly logger: Logger
  readonly observer?: BrokerObserver
  /** Sends every header and frame through the Redis codec, so that a suite shows that the two rooms carry the same. */
  readonly throughCodec?: boolean
}

const abortLimitMs = 1_000

/** The broker of one process: the same promises, without Redis and without copies. */
export function createMemoryBroker(options: MemoryBrokerOptions): Broker {
  const observer = options.observer ?? silentObserver
  const queues = new Map<string, ProviderQueue<Request>>()
  const running = new Set<Request>()
  const open = new Set<Request>()
  let closed = false

  function queueOf(provider: string): ProviderQueue<Request> {
    const existing = queues.get(provider)
    if (existing !== undefined) return existing
    const queue = createProviderQueue<Request>()
    queues.set(provider, queue)
    return queue
  }

  function submit(submission: Submission): Reply {
    if (closed) throw storeUnavailable(undefined)
    const provider = submission.header.plan[submission.header.hop]?.provider ?? ''
    const queue = queueOf(provider)
    const request: Request = createRequest({
      submission,
      throughCodec: options.throughCodec === true,
      withdraw: (id) => queue.withdraw(id),
      onEnded: () => open.delete(request),
    })
    if (!queue.admit(request, submission.limits, submission.delayMs ?? 0)) throw queueFull(provider)
    if (!request.pipe.ended) open.add(request)
    request.arm()
    return request.reply
  }

  async function run(request: Request, process: ConsumeOptions['process']) {
    const { header, target, body, upload, pipe, signal } = request
    const { provider } = target
    const queueMs = Math.max(Date.now() - header.admittedAtMs, 0)
    const remainingMs = () => header.deadlineMs - Date.now()
    const reply = createReplyWriter(pipe.sink)
    const { retryState } = request
    observer.waited(provider, queueMs)
    running.add(request)
    const delivery = {
      header,
      target,
      body,
      ...(upload !== undefined && { upload: upload.bytes }),
      run: 0,
      retryState,
      queueMs,
      remainingMs,
      signal,
      reply,
    }
    const outcome = await deliver(delivery, process, (error) => {
      options.logger.error({ provider, requestId: header.requestId, error }, 'processing a job failed')
    })
    running.delete(request)
    upload?.end()
    if (outcome.type === 'done' || signal.aborted) return undefined
    request.retryState = outcome.retryState
    return { delayMs: outcome.delayMs }
  }

  return {
    async submit(submission) {
      try {
        return submit(submission)
      } catch (error) {
        const provider = submission.header.plan[submission.header.hop]?.provider ?? 'unknown'
        observer.rejected(provider, GatewayError.from(error).code)
        throw error
      }
    },
    async consume({ provider, limits, process }) {
      const queue = queueOf(provider)
      queue.consume(limits, (request) => run(request, process))
      return {
        pause: async () => queue.pause(),
        get running() {
          return queue.running
        },
      }
    },
    depths: async (providers) => providers.map((provider) => queueOf(provider).depth(provider)),
    ready: () => !closed,
    async drain(graceMs) {
      for (const queue of queues.values()) queue.pause()
      await waitUntil(() => running.size === 0, graceMs)
      for (const request of running) request.abort(workerDraining())
      await waitUntil(() => running.size === 0, abortLimitMs)
      for (const request of running) request.end(outcomeUnknown())
    },
    async close() {
      closed = true
      for (const request of open) request.end(brokerClosed())
      for (const queue of queues.values()) queue.close()
    },
  }
}
