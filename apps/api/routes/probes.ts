import type { FastifyInstance } from 'fastify'
import { surfaceIds } from '#contract'

/** Below the base URL that a client was given; Claude Code asks there whether anyone is at home before it asks for more. */
const paths = ['', '/', '/api/hello']

/**
 * Answers `HEAD` of a base URL: agents take anything but 2xx for a gateway that is down (headroomlabs-ai/headroom#2032,
 * router-for-me/CLIProxyAPI#5905). It says nothing of providers or keys.
 */
export function registerProbes(app: FastifyInstance): void {
  const prefixes = [
    '',
    ...surfaceIds.map((id) => (id === 'root' ? '/v1' : `/${id}`)),
    '/openai/v1',
    '/cursor/v1',
  ]
  for (const prefix of prefixes) {
    for (const path of paths) {
      if (prefix + path === '') continue
      app.head(prefix + path, { config: { auth: 'public' } }, (_request, reply) => reply.code(200).send())
    }
  }
}
