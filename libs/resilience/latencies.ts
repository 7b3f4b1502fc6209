import { isJsonObject, type ProviderId } from '#contract'
import type { Store } from '#store'

/** Moving medians of the time to the first byte, per provider and model: measured by workers, read by everybody. */
export type Latencies = {
  observe(provider: ProviderId, model: string, firstByteMs: number): void
  /** As the last worker saw it; `undefined` when nobody has asked the model for a minute. */
  p50Ms(provider: ProviderId, model: string): number | undefined
}

/** The last calls of a model that this process knows. */
const ringSize = 32
const writeEveryMs = 1_000
const lifeMs = 60_000
/** Names come from callers: beyond so many of a provider, models have no figure. */
const maxModels = 200

type Ring = { readonly times: number[]; next: number; writtenMs: number }

export function createLatencies({ facts, clock }: Pick<Store, 'facts' | 'clock'>): Latencies {
  const providers = new Map<ProviderId, Map<string, Ring>>()

  function ringOf(provider: ProviderId, model: string): Ring | undefined {
    const models = providers.get(provider) ?? new Map<string, Ring>()
    providers.set(provider, models)
    const known = models.get(model)
    if (known !== undefined) return known
    if (models.size >= maxModels) forgetIdle(models, clock.nowMs())
    if (models.size >= maxModels) return undefined
    const ring = { times: [], next: 0, writtenMs: Number.NEGATIVE_INFINITY }
    models.set(model, ring)
    return ring
  }

  return {
    observe(provider, model, firstByteMs) {
      const ring = ringOf(provider, model)
      if (ring === undefined) return
      ring.times[ring.next] = firstByteMs
      ring.next = (ring.next + 1) % ringSize
      const now = clock.nowMs()
      if (now - ring.writtenMs < writeEveryMs) return
      ring.writtenMs = now
      // What the store did not take is kept by the facts, and sent when it is back.
      facts.set(provider, latencyFact(model), { p50Ms: medianOf(ring.times) }, lifeMs).catch(() => {})
    },
    p50Ms(provider, model) {
      const value = facts.get(provider, latencyFact(model))?.value
      return isJsonObject(value) && typeof value.p50Ms === 'number' ? value.p50Ms : undefined
    },
  }
}

const latencyFact = (model: string) => `latency:${model}`

/** Whose figure has ended already. */
function forgetIdle(models: Map<string, Ring>, nowMs: number): void {
  for (const [model, { writtenMs }] of models) if (nowMs - writtenMs > lifeMs) models.delete(model)
}

function medianOf(times: readonly number[]): number {
  const sorted = [...times].sort((a, b) => a - b)
  return Math.round(sorted[Math.floor((sorted.length - 1) / 2)] ?? 0)
}
