import type { StoreClock } from '../clock.ts'
import type { Windows } from '../store.ts'
import { type Counts, count, forgetOld, keptMs, secondOf, sumOf, wholeFrom } from '../window-counts.ts'
import { answered } from './answered.ts'
import type { Connections } from './connections.ts'
import { loadScript } from './script.ts'

const addScript = loadScript('./lua/add-counts.lua', import.meta.url)
const takeScript = loadScript('./lua/take-place.lua', import.meta.url)

/*
 * Counts of one scope, from here to Redis:
 *
 *   unsent   add() counts here; every 250 ms all of it becomes the next batch, when there is none
 *   batch    numbered; on its way, or waiting for the next round because Redis did not take it. The script adds a batch
 *            once however often it comes, so one whose answer was lost does no harm
 *
 * Redis runs what one connection sends in order: a batch that is on its way is in every sum that is asked for after it.
 */

const flushEveryMs = 250

type Scope = { unsent: Counts; batch: { readonly number: number; readonly counts: Counts } | undefined }

type WindowsOptions = {
  readonly connections: Connections
  clockOf(scope: string): StoreClock
  readonly keyPrefix: string
  readonly monotonicMs: () => number
  /** Of this process, never used again. */
  readonly id: string
}

/** Windows in Redis: one hash per scope and name, its fields are seconds. `close` sends what is still here. */
export function createRedisWindows(options: WindowsOptions): Windows & { close(): Promise<void> } {
  const { connections, clockOf, monotonicMs } = options
  const keyOf = (scope: string, name: string) => `${options.keyPrefix}:{${scope}}:window:${name}`
  const sender = createSender({ ...options, keyOf })
  return {
    add: sender.add,
    async sum(scope, name, windowMs) {
      const beginMs = clockOf(scope).nowMs() - windowMs
      const here = sender.missing(scope, name, beginMs)
      const fields = await answered(connections.producer(scope).hgetall(keyOf(scope, name)))
      const seconds = Object.entries(fields).filter(([second]) => Number(second) >= secondOf(beginMs))
      return seconds.reduce((sum, [, value]) => sum + Number(value), here)
    },
    async take({ scope, name, of, share, floor, windowMs }) {
      const clock = clockOf(scope)
      const beginMs = clock.nowMs() - windowMs
      const missing = [sender.missing(scope, name, beginMs), sender.missing(scope, of, wholeFrom(beginMs))]
      const sentMs = monotonicMs()
      const reply = await answered(
        takeScript.run(
          connections.producer(scope),
          [keyOf(scope, name), keyOf(scope, of)],
          [windowMs, share, floor, keptMs, ...missing],
        ),
      )
      const [isTaken, now] = reply as [number, number]
      clock.observe(now, sentMs, monotonicMs())
      return isTaken === 1
    },
    close: sender.close,
  }
}

type SenderOptions = WindowsOptions & { keyOf(scope: string, name: string): string }

/** Counts here and brings it to Redis. */
function createSender(options: SenderOptions) {
  const { clockOf, connections } = options
  const scopes = new Map<string, Scope>()
  let batches = 0
  let flushing: Promise<unknown> | undefined
  let closed = false
  let timer: NodeJS.Timeout | undefined

  function schedule(): void {
    if (timer !== undefined || closed) return
    timer = setTimeout(async () => {
      timer = undefined
      await flush()
      if ([...scopes.values()].some(({ unsent, batch }) => unsent.size > 0 || batch !== undefined)) schedule()
    }, flushEveryMs)
    timer.unref()
  }

  async function flush(): Promise<void> {
    const due = new Map<string, [string, Scope][]>()
    for (const [scope, state] of scopes) {
      forgetOld(state.unsent, clockOf(scope).nowMs())
      if (state.batch === undefined && state.unsent.size > 0) {
        batches += 1
        state.batch = { number: batches, counts: state.unsent }
        state.unsent = new Map()
      }
      if (state.batch === undefined) continue
      const { id } = connections.site(scope)
      const together = due.get(id)
      if (together === undefined) due.set(id, [[scope, state]])
      else together.push([scope, state])
    }
    if (due.size === 0) return
    // Away is logged by the connection: the batches wait.
    const sent = [...due.values()].map((together) => sendBatches(options, together).catch(() => {}))
    flushing = Promise.all(sent)
    await flushing
    flushing = undefined
  }

  return {
    add(scope: string, name: string, by = 1): void {
      let state = scopes.get(scope)
      if (state === undefined) {
        state = { unsent: new Map(), batch: undefined }
        scopes.set(scope, state)
      }
      count(state.unsent, name, secondOf(clockOf(scope).nowMs()), by)
      schedule()
    },
    /** What a command that is sent now does not find in Redis. */
    missing(scope: string, name: string, beginMs: number): number {
      const state = scopes.get(scope)
      const waiting = flushing === undefined ? sumOf(state?.batch?.counts, name, beginMs) : 0
      return waiting + sumOf(state?.unsent, name, beginMs)
    },
    async close(): Promise<void> {
      closed = true
      clearTimeout(timer)
      await flushing
      await flush()
    },
  }
}

/** Sends the batches of one site in one pipeline; those that Redis has taken are gone afterwards. */
async function sendBatches(
  { connections, clockOf, monotonicMs, id, keyOf }: SenderOptions,
  due: readonly (readonly [string, Scope])[],
): Promise<void> {
  const site = due[0]?.[0] ?? ''
  const pipeline = connections.producer(site).pipeline()
  const calls = due.map(([scope, { batch }]) => {
    const names = [...(batch?.counts ?? [])]
    const seconds = names.flatMap(([, each]) => [each.size, ...[...each].flat()])
    return {
      keys: names.map(([name]) => keyOf(scope, name)),
      args: [id, batch?.number ?? 0, keptMs, ...seconds],
    }
  })
  for (const { keys, args } of calls) addScript.queue(pipeline, keys, args)
  const sentMs = monotonicMs()
  const replies = (await answered(pipeline.exec())) ?? []
  const receivedMs = monotonicMs()
  due.forEach(([, state], index) => {
    const [error, now] = replies[index] ?? [new Error('no reply')]
    if (error !== null) throw error
    clockOf(site).observe(Number(now), sentMs, receivedMs)
    state.batch = undefined
  })
}
