import type { FastifyInstance } from 'fastify'
import { keyless, keyStateFrom } from '#routing'
import type { ApiContext } from '../context.ts'

/** Prometheus text. Depths are read when asked for; a store that is away costs only their part of the answer. */
export function registerMetrics(app: FastifyInstance, api: ApiContext): void {
  const providers = Object.keys(api.config.providers)
  app.get('/metrics', { config: { auth: 'public' } }, async (_request, reply) => {
    // One by one: of several Redis only one may be away.
    const read = await Promise.allSettled(providers.map((provider) => api.broker.depths([provider])))
    api.metrics.queueDepths(read.flatMap((each) => (each.status === 'fulfilled' ? each.value : [])))
    const failed = read.find((each) => each.status === 'rejected')
    if (failed !== undefined) api.logger.warn({ error: failed.reason }, 'queue depths could not be read')
    api.metrics.keyStates(keyStatesOf(api))
    return reply.type(api.metrics.contentType).send(await api.metrics.scrape())
  })
}

/** Of every configured key, from this process's own copy of what all replicas know. */
function keyStatesOf({ config, store }: ApiContext) {
  const nowMs = store.clock.nowMs()
  return Object.values(config.providers).flatMap(({ id, keys }) =>
    (keys.length === 0 ? [keyless] : keys).map(({ name }) => {
      const state = keyStateFrom((fact) => store.facts.get(id, fact), name)
      return {
        provider: id,
        key: name,
        open: (state.breakerOpenUntilMs ?? 0) > nowMs,
        coolingMs: Math.max(0, (state.cooldownUntilMs ?? 0) - nowMs),
      }
    }),
  )
}
