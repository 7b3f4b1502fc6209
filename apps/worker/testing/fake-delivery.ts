import { type Frame, type HopFrame, type JobHeader, jobVersion, type Target } from '#contract'
import type { Delivery, Hop, ReplyWriter } from '#queue'

/** Records frames and insists on their order. `writable` waits while `blocked` is set. */
export type RecordingReply = ReplyWriter & {
  /** The request went on: nothing more is to be written. */
  hop(frame: HopFrame): void
  readonly frames: readonly Frame[]
  /** Makes writable() wait until the returned function is called. */
  block(): () => void
  /** Resolves when a chunk has been written. */
  readonly firstChunk: Promise<void>
  text(): string
}

export function createRecordingReply(): RecordingReply {
  const frames: Frame[] = []
  const firstChunk = Promise.withResolvers<void>()
  let state: 'open' | 'started' | 'closed' = 'open'
  let gate: Promise<void> = Promise.resolve()
  let hasRoom = true
  const write = (frame: Frame, from: 'open' | 'started', to: typeof state) => {
    if (state === 'closed') return
    if (state !== from) throw new Error(`a reply that is ${state} takes no ${frame.type} frame`)
    state = to
    frames.push(frame)
  }
  return {
    frames,
    firstChunk: firstChunk.promise,
    head: (frame) => write({ type: 'head', ...frame }, 'open', 'started'),
    chunk(bytes) {
      write({ type: 'chunk', bytes: Buffer.from(bytes) }, 'started', 'started')
      firstChunk.resolve()
    },
    end: (result) => write({ type: 'end', ...result }, 'started', 'closed'),
    fail: (failure) => write({ type: 'fail', ...failure }, state === 'open' ? 'open' : 'started', 'closed'),
    hop: (frame) => write(frame, 'open', 'closed'),
    writable: () => gate,
    hasRoom: () => hasRoom,
    block() {
      const { promise, resolve } = Promise.withResolvers<void>()
      gate = promise
      hasRoom = false
      return () => {
        hasRoom = true
        resolve()
      }
    },
    text: () =>
      Buffer.concat(frames.flatMap((frame) => (frame.type === 'chunk' ? [frame.bytes] : []))).toString(),
    get headSent() {
      return state === 'started' || frames.some((frame) => frame.type === 'head')
    },
    get closed() {
      return state === 'closed'
    },
  }
}

export type FakeDelivery = Delivery & {
  readonly reply: RecordingReply
  /** Where the request went on to, in order; the frames show the last one. */
  readonly hops: readonly Hop[]
  abort(reason: Error): void
  /** Makes the hops from now on reject, as a full queue does. */
  refuseHops(reason: Error | undefined): void
}

/** A delivery of one chat request; `header`, `target` and `body` may be replaced in part. */
export function fakeDelivery(options: {
  readonly target: Target
  readonly body: string
  readonly header?: Partial<JobHeader>
  readonly remainingMs?: number
  readonly upload?: AsyncIterable<Uint8Array>
}): FakeDelivery {
  const controller = new AbortController()
  const reply = createRecordingReply()
  const hops: Hop[] = []
  let refusal: Error | undefined
  const header: JobHeader = {
    version: jobVersion,
    requestId: '0123456789abcdef0123456789abcdef',
    callerRequestId: 'caller-1',
    hop: 0,
    plan: [{ ...options.target, native: true }],
    surface: 'openai',
    wire: 'openai-chat',
    operation: 'chat',
    peek: { model: options.target.model, stream: false, streamUsage: false, fallbacks: [] },
    bodyKind: 'wire',
    forwardHeaders: {},
    admittedAtMs: 0,
    deadlineMs: 0,
    streamTotalMs: 60_000,
    replyTo: 'api-1',
    tenant: 'anonymous',
    priority: 'normal',
    retrySafe: false,
    maxUpstreamCalls: 8,
    warnings: [],
    ...options.header,
  }
  return {
    header,
    target: options.target,
    body: Buffer.from(options.body),
    ...(options.upload !== undefined && { upload: options.upload }),
    run: 0,
    retryState: undefined,
    queueMs: 7,
    remainingMs: () => options.remainingMs ?? 60_000,
    signal: controller.signal,
    reply,
    hops,
    async hop(next) {
      controller.signal.throwIfAborted()
      if (refusal !== undefined) throw refusal
      const target = header.plan[next.hop]
      if (target === undefined || next.hop <= header.hop)
        throw new Error(`the plan has no target ${next.hop} to go on to`)
      hops.push(next)
      reply.hop({ type: 'hop', hop: next.hop, target: { provider: target.provider, model: target.model } })
    },
    refuseHops(reason) {
      refusal = reason
    },
    abort: (reason) => controller.abort(reason),
  }
}
