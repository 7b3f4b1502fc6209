import { setTimeout as delay } from 'node:timers/promises'
import { ask, type Outcome, type Way } from '../gateway-load.ts'
import type { Stage } from './stage.ts'

export type Asked = Outcome & { readonly way: Way }

export type Load = {
  readonly asked: readonly Asked[]
  /** Meanwhile, over the same kind of connection: how long a process took that only answers. */
  readonly echoesMs: readonly number[]
}

/** A request that has nothing after this long hangs. */
const hangMs = 30_000
const echoEveryMs = 25

/**
 * Sends so many requests per second whatever becomes of them, over the API processes in turn, each the next of `ways`.
 * Resolves with the outcomes once all have ended.
 */
export async function steadyLoad(
  { gateway, echoUrl }: Pick<Stage, 'gateway' | 'echoUrl'>,
  options: { readonly perSecond: number; readonly seconds: number; readonly ways: readonly Way[] },
): Promise<Load> {
  const { perSecond, seconds, ways } = options
  const total = perSecond * seconds
  const startedMs = performance.now()
  const asked: Promise<Asked>[] = []
  const echoes: Promise<number>[] = []
  while (asked.length < total) {
    const due = Math.min(total, Math.ceil(((performance.now() - startedMs) * perSecond) / 1_000))
    while (asked.length < due) asked.push(send(gateway.apis, ways, asked.length))
    if (echoes.length < (performance.now() - startedMs) / echoEveryMs) echoes.push(echoMs(echoUrl))
    await delay(2)
  }
  return { asked: await Promise.all(asked), echoesMs: await Promise.all(echoes) }
}

async function send(apis: Stage['gateway']['apis'], ways: readonly Way[], index: number): Promise<Asked> {
  const way = ways[index % ways.length]
  // Each way over each process.
  const api = apis[Math.floor(index / ways.length) % apis.length]
  if (way === undefined || api === undefined) throw new Error('nothing to ask, or nobody')
  return { ...(await ask(api.url, way, hangMs)), way }
}

async function echoMs(echoUrl: string): Promise<number> {
  const { startedAtMs, endedAtMs } = await ask(echoUrl, { path: '/', model: 'none', stream: false }, hangMs)
  return endedAtMs - startedAtMs
}
