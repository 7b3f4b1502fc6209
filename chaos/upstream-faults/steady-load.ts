import { setTimeout as delay } from 'node:timers/promises'
import { ask, type Outcome, type Way } from '../gateway-load.ts'
import type { Stage } from './stage.ts'

export type Asked = Outcome & { readonly way: Way }

/** A request that has nothing after this long hangs. */
const hangMs = 30_000

/**
 * Sends so many requests per second whatever becomes of them, over the API processes in turn, each the next of `ways`.
 * Resolves with the outcomes once all have ended.
 */
export async function steadyLoad(
  { gateway }: Pick<Stage, 'gateway'>,
  options: { readonly perSecond: number; readonly seconds: number; readonly ways: readonly Way[] },
): Promise<readonly Asked[]> {
  const { perSecond, seconds, ways } = options
  const total = perSecond * seconds
  const startedMs = performance.now()
  const asked: Promise<Asked>[] = []
  while (asked.length < total) {
    const due = Math.min(total, Math.ceil(((performance.now() - startedMs) * perSecond) / 1_000))
    while (asked.length < due) asked.push(send(gateway.apis, ways, asked.length))
    await delay(2)
  }
  return await Promise.all(asked)
}

async function send(apis: Stage['gateway']['apis'], ways: readonly Way[], index: number): Promise<Asked> {
  const way = ways[index % ways.length]
  // Each way over each process.
  const api = apis[Math.floor(index / ways.length) % apis.length]
  if (way === undefined || api === undefined) throw new Error('nothing to ask, or nobody')
  return { ...(await ask(api.url, way, hangMs)), way }
}
