import {
  type Draft,
  type Frame,
  type GatewayError,
  type JobHeader,
  jobVersion,
  type RetryState,
  type Target,
} from '#contract'
import type { Reply, Submission } from '../broker.ts'
import { decodeBatches, encodeBatches, roundTripHeader } from '../codec.ts'
import { clientGone, queueTimeout, replyTimeout, waitedTooLong } from '../errors.ts'
import { startBy } from '../start-by.ts'
import { createPipe, type Pipe } from './pipe.ts'
import type { Entry } from './provider-queue.ts'
import { createUpload, type Upload } from './upload.ts'

/** One submission in memory: queue entry, reply pipe and deadline in one. */
export type Request = Entry & {
  /** Of the hop that it is at. */
  readonly header: JobHeader
  readonly target: Target
  readonly body: Uint8Array
  /** Absent where nothing follows the body. */
  readonly upload: Upload | undefined
  readonly pipe: Pipe
  readonly signal: AbortSignal
  readonly reply: Reply
  /** Stops it from the worker's side. */
  abort(reason: GatewayError): void
  /** Answers it with an error, unless it has its answer, and stops it. */
  end(error: GatewayError): void
  /** Starts the clock; called once it was admitted. */
  arm(): void
  /** It was admitted at another target: from now on it is there. */
  moveTo(header: JobHeader, target: Target): void
  retryState: RetryState | undefined
}

/** How long after its deadline a worker's own last word may still be on its way. */
const graceMs = 500

export function createRequest(options: {
  readonly submission: Submission
  readonly throughCodec: boolean
  /** Takes it out of its queue; false when it runs or is gone, or has been started where it must not have been. */
  withdraw(request: Request, unstarted: boolean): boolean
  /** Called once: its answer is whole or its reader has left. */
  onEnded(): void
}): Request {
  const { submission, throughCodec } = options
  const header = admittedHeader(submission, throughCodec)
  const { requestId, hop, plan } = header
  const first = plan[hop]
  if (first === undefined) throw new Error(`the plan of request ${requestId} has no target ${hop}`)
  const controller = new AbortController()
  let deadline: NodeJS.Timeout | undefined
  let start: NodeJS.Timeout | undefined
  const carry = throughCodec ? carryThroughCodec : (frame: Frame) => frame
  const upload =
    submission.upload &&
    createUpload(submission.upload, {
      signal: controller.signal,
      carry: (bytes) => carryChunk(carry, bytes),
    })
  const pipe = createPipe({
    carry,
    onEnded: () => {
      stopClocks()
      upload?.end()
      options.onEnded()
    },
  })

  function stopClocks(): void {
    clearTimeout(deadline)
    clearTimeout(start)
  }

  function leave(): void {
    if (pipe.ended) return
    stopClocks()
    options.onEnded()
    options.withdraw(request, false)
    controller.abort(clientGone())
    pipe.shut()
  }

  function end(error: GatewayError): void {
    pipe.sink.write({ type: 'fail', error: error.toData(), attempts: [] })
    controller.abort(error)
  }

  /** Nobody answered: what is still queued has waited too long, what runs is stopped. A stream that began goes on. */
  function expire(): void {
    const { peek, streamTotalMs } = request.header
    if (peek.stream && pipe.begun) {
      deadline = setTimeout(() => end(replyTimeout()), streamTotalMs)
      return
    }
    end(options.withdraw(request, false) ? queueTimeout(request.target.provider) : replyTimeout())
  }

  /** It may wait no longer, unless a worker has begun. */
  function armStart({ startByMs }: JobHeader): void {
    clearTimeout(start)
    if (startByMs === undefined) return
    start = setTimeout(() => {
      if (options.withdraw(request, true)) end(waitedTooLong(request.target.provider))
    }, Math.max(startByMs - Date.now(), 1))
  }

  const request: Draft<Request> = {
    id: requestId,
    priority: header.priority,
    tenant: header.tenant,
    header,
    target: first,
    retryState: undefined,
    body: submission.body,
    upload,
    pipe,
    signal: controller.signal,
    reply: { [Symbol.asyncIterator]: () => pipe.iterator(leave), cancel: leave },
    abort: (reason) => controller.abort(reason),
    end,
    arm: () => {
      if (pipe.ended) return
      deadline = setTimeout(expire, submission.timeoutMs + graceMs)
      armStart(request.header)
    },
    moveTo(nextHeader, nextTarget) {
      request.header = carryHeader(nextHeader, throughCodec)
      request.target = nextTarget
      request.retryState = undefined
      armStart(request.header)
    },
  }
  return request
}

function admittedHeader(submission: Submission, throughCodec: boolean): JobHeader {
  const admittedAtMs = Date.now()
  const deadlineMs = admittedAtMs + submission.timeoutMs
  const header: JobHeader = {
    ...submission.header,
    version: jobVersion,
    admittedAtMs,
    deadlineMs,
    ...startBy(admittedAtMs, submission.maxWaitMs, deadlineMs),
    replyTo: 'memory',
  }
  return carryHeader(header, throughCodec)
}

function carryHeader(header: JobHeader, throughCodec: boolean): JobHeader {
  return throughCodec ? roundTripHeader(header) : header
}

function carryChunk(carry: (frame: Frame) => Frame, bytes: Uint8Array): Uint8Array {
  const frame = carry({ type: 'chunk', bytes })
  return frame.type === 'chunk' ? frame.bytes : bytes
}

function carryThroughCodec(frame: Frame): Frame {
  const batch = { requestId: 'memory', hop: 0, run: 0, worker: 'memory', from: 0, frames: [frame] }
  const carried = decodeBatches(encodeBatches([batch]))[0]?.frames[0]
  if (carried === undefined) throw new Error('the codec lost a frame')
  return carried
}
