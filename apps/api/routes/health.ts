import type { FastifyInstance } from 'fastify'
import type { ApiContext } from '../context.ts'

/** Liveness depends on the process alone; readiness on itself and the queue store, never on workers. */
export function registerHealth(app: FastifyInstance, api: ApiContext): void {
  app.get('/health', { config: { auth: 'public' } }, async () => ({ status: 'ok' }))
  app.get('/ready', { config: { auth: 'public' } }, async (_request, reply) => {
    const reason = !api.inFlight.accepting ? 'draining' : api.broker.ready() ? undefined : 'store_unavailable'
    if (reason === undefined) return { status: 'ok' }
    return reply.code(503).header('retry-after', '1').send({ status: 'unavailable', reason })
  })
}
