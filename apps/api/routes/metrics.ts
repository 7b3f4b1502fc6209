import type { FastifyInstance } from 'fastify'
import type { ApiContext } from '../context.ts'

/** Prometheus text. Depths are read when asked for; a store that is away costs only their part of the answer. */
export function registerMetrics(app: FastifyInstance, api: ApiContext): void {
  const providers = Object.keys(api.config.providers)
  app.get('/metrics', { config: { auth: 'public' } }, async (_request, reply) => {
    try {
      api.metrics.queueDepths(await api.broker.depths(providers))
    } catch (error) {
      api.metrics.queueDepths([])
      api.logger.warn({ error }, 'queue depths could not be read')
    }
    return reply.type(api.metrics.contentType).send(await api.metrics.scrape())
  })
}
