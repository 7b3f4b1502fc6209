import { GatewayError } from '#contract'
import type { ConsumeOptions, Delivery, Outcome } from './broker.ts'
import { outcomeUnknown, queueTimeout, waitedTooLong } from './errors.ts'
import { waitIsOver } from './start-by.ts'

/**
 * Hands a job to its processor, or answers it when it may not run. Never throws, and `done` always comes with a
 * terminal frame.
 */
export async function deliver(
  delivery: Delivery,
  process: ConsumeOptions['process'],
  onError: (error: unknown) => void,
): Promise<Outcome> {
  const refusal = refuse(delivery)
  if (refusal !== undefined) {
    fail(delivery, refusal)
    return { type: 'done' }
  }
  try {
    const outcome = await process(delivery)
    if (outcome.type === 'delayed' && delivery.upload !== undefined)
      throw new Error('the processor delayed a job whose upload can be read only once')
    // What has its answer, or has gone on, is not to come back.
    if (delivery.reply.closed) return { type: 'done' }
    if (outcome.type === 'delayed') return outcome
    throw new Error('the processor ended a job without a terminal frame')
  } catch (error) {
    onError(error)
    fail(delivery, GatewayError.from(error))
    return { type: 'done' }
  }
}

/** Why this job may not run now; the order matters: what was started before must never look as if it had not been. */
function refuse({
  header,
  upload,
  run,
  retryState,
  signal,
  target,
  remainingMs,
}: Delivery): GatewayError | undefined {
  if (run > 0 && (upload !== undefined || !header.retrySafe)) return outcomeUnknown()
  if (signal.aborted) return GatewayError.from(signal.reason)
  if (remainingMs() <= 0) return queueTimeout(target.provider)
  const first = run === 0 && retryState === undefined
  if (first && waitIsOver(header, remainingMs())) return waitedTooLong(target.provider)
  return undefined
}

function fail(delivery: Delivery, error: GatewayError): void {
  delivery.reply.fail({
    error: error.toData(),
    target: delivery.target,
    attempts: [],
    queueMs: delivery.queueMs,
  })
}
