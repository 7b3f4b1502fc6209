import type { Attempt, Draft, GatewayError, HeadFrame, Usage, Warning } from '#contract'
import type { Delivery } from '#queue'

/** Bodies go out in chunks of at most this many bytes. */
export const chunkBytes = 64 * 1024

/** What the caller gets of one attempt: the reply's frames, each with what it must say beside its content. */
export type Answer = {
  /** `warnings` are those that came up at the worker; the ones that the job brought are put before them. */
  head(head: Pick<HeadFrame, 'status' | 'headers' | 'warnings'>): void
  body(bytes: Uint8Array): void
  hasRoom(): boolean
  /** Resolves when the caller's side has room again, or when `signal` is aborted. */
  writable(signal: AbortSignal): Promise<void>
  /** `warnings` of the whole attempt. `outcome` replaces the status that the head said, where the answer went wrong after it. */
  end(end: {
    readonly usage?: Usage | undefined
    readonly stopReason?: string | undefined
    readonly warnings: readonly Warning[]
    readonly outcome?: string
  }): void
  /** The answer broke off after its head. */
  fail(error: GatewayError): void
  readonly headSent: boolean
  /** Status or error code of this attempt, once something went out. */
  readonly outcome: string
}

/** The pieces in which a body goes out. */
export function inChunks(bytes: Uint8Array): readonly Uint8Array[] {
  if (bytes.length <= chunkBytes) return bytes.length === 0 ? [] : [bytes]
  const pieces: Uint8Array[] = []
  for (let start = 0; start < bytes.length; start += chunkBytes)
    pieces.push(bytes.subarray(start, start + chunkBytes))
  return pieces
}

function joined<Item>(first: readonly Item[], second: readonly Item[]): readonly Item[] {
  if (second.length === 0) return first
  return first.length === 0 ? second : [...first, ...second]
}

/** `earlier` are the attempts of this job before this one. */
export function createAnswer(delivery: Delivery, earlier: readonly Attempt[]): Answer {
  const { reply, target, queueMs, header } = delivery
  const { provider, model } = target
  const attempts = (): readonly Attempt[] => joined(earlier, [{ provider, model, outcome: answer.outcome }])

  const answer: Draft<Answer> = {
    headSent: false,
    outcome: '',
    head({ status, headers, warnings }) {
      answer.outcome = String(status)
      answer.headSent = true
      reply.head({
        status,
        headers,
        target,
        attempts: attempts(),
        queueMs,
        warnings: joined(header.warnings, warnings),
      })
    },
    body(bytes) {
      for (const piece of inChunks(bytes)) reply.chunk(piece)
    },
    hasRoom: () => reply.hasRoom(),
    async writable(signal) {
      if (signal.aborted) return
      const { promise, resolve } = Promise.withResolvers<void>()
      const stop = () => resolve()
      signal.addEventListener('abort', stop, { once: true })
      await Promise.race([reply.writable(), promise])
      signal.removeEventListener('abort', stop)
    },
    end({ usage, stopReason, warnings, outcome: replaced }) {
      if (replaced !== undefined) answer.outcome = replaced
      reply.end({
        ...(usage !== undefined && { usage }),
        ...(stopReason !== undefined && { stopReason }),
        attempts: attempts(),
        warnings: joined(header.warnings, warnings),
      })
    },
    fail(error) {
      answer.outcome = error.code
      reply.fail({ error: error.toData(), target, attempts: attempts(), queueMs })
    },
  }
  return answer
}
