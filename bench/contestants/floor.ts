import { join } from 'node:path'
import { freePort } from '../../libs/testing/index.ts'
import { startChild } from '../children.ts'
import type { Contestant, Upstream } from './types.ts'

const openAi = { path: '/v1/chat/completions', headers: { native: {}, crossing: {} }, crossingPrefix: '' }

/** The load straight onto the upstream: what the harness itself costs. Its "crossing" asks for no translation. */
export async function startDirect(upstream: Upstream): Promise<Contestant> {
  return {
    id: 'direct',
    door: { ...openAi, url: upstream.url },
    processes: {},
    readyMs: undefined,
    close: async () => {},
  }
}

/** A proxy without any feature: what fastify and undici cost. */
export async function startFloor(upstream: Upstream): Promise<Contestant> {
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const proxy = await startChild({
    command: process.execPath,
    args: [join(import.meta.dirname, 'proxy-main.ts'), upstream.url, String(port)],
    ready: new URL(`${url}/ready`),
  })
  return {
    id: 'floor',
    door: { ...openAi, url },
    processes: { proxy: proxy.pid },
    readyMs: proxy.readyMs,
    close: () => proxy.close(),
  }
}
