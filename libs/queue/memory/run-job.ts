import type { Logger } from '#observability'
import { type Bag, createBag } from '../bag.ts'
import type { ConsumeOptions, Delivery, Hop } from '../broker.ts'
import { deliver } from '../deliver.ts'
import { type GoingOn, nextHeader, nextTarget } from '../go-on.ts'
import type { BrokerObserver } from '../observer.ts'
import { createReplyWriter, type HoppingWriter } from '../reply-writer.ts'
import type { Queues } from './queues.ts'
import type { Request } from './request.ts'

export type Runner = {
  /** Has a job processed; resolves with its delay when it is to come back. */
  run(request: Request, process: ConsumeOptions['process']): Promise<{ readonly delayMs: number } | undefined>
  /** Once a run: a request that has gone on may still be in its old worker's hands. */
  readonly running: Pick<Bag<Request>, 'size' | 'all'>
}

export function createRunner(shared: {
  readonly queues: Queues
  readonly observer: BrokerObserver
  readonly logger: Logger
}): Runner {
  const { queues, observer, logger } = shared
  const running = createBag<Request>()

  return {
    running,
    async run(request, process) {
      const { provider } = request.target
      const delivery = deliveryOf(request, queues)
      observer.waited(provider, delivery.queueMs)
      const place = running.add(request)
      // Whoever submitted it has its reply, or whoever handed it on has let go of it, before it goes on here.
      await undefined
      const outcome = await deliver(delivery, process, (error) => {
        logger.error({ provider, requestId: request.id, error }, 'processing a job failed')
      })
      running.remove(place)
      request.upload?.end()
      if (outcome.type === 'delayed' && !request.signal.aborted) {
        request.retryState = outcome.retryState
        return { delayMs: outcome.delayMs }
      }
      queues.ended(provider)
      return undefined
    },
  }
}

function deliveryOf(request: Request, queues: Queues): Delivery {
  const { header, target, body, upload, pipe, signal, retryState } = request
  const remainingMs = () => header.deadlineMs - Date.now()
  const reply = createReplyWriter(pipe.sink)
  return {
    header,
    target,
    body,
    ...(upload !== undefined && { upload: upload.bytes }),
    run: 0,
    retryState,
    queueMs: Math.max(Date.now() - header.admittedAtMs, 0),
    remainingMs,
    signal,
    reply,
    hop: (next) => {
      const job = { header, hasUpload: upload !== undefined, reply, signal, remainingMs }
      return goOn(request, job, queues, next)
    },
  }
}

/** Puts a request that is in a worker's hands into another target's queue, and says so before anybody there writes. */
async function goOn(
  request: Request,
  job: GoingOn & { readonly reply: HoppingWriter },
  queues: Queues,
  next: Hop,
): Promise<void> {
  const { provider, model } = nextTarget(job, next.hop)
  const { limits, tenantShare = 1 } = next
  const refused = queues.admit(request, provider, {
    limits,
    delayMs: 0,
    tenantShare,
    onAdmitted() {
      // It may be started at once: what is found then is the new place's.
      request.moveTo(nextHeader(job.header, next, Date.now()), { provider, model })
      job.reply.hop({ type: 'hop', hop: next.hop, target: { provider, model } })
    },
  })
  const error = refused === undefined ? undefined : await refused
  if (error !== undefined) throw error
}
