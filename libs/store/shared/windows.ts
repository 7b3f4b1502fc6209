import type { Windows } from '../store.ts'
import type { Channel } from './channel.ts'

/** Counts on their way: name → count, by scope. */
export type CountsMessage = readonly (readonly [scope: string, name: string, count: number])[]

/** For the others within this time, and always before this process asks itself. */
const flushEveryMs = 250

/** Windows that another process owns: counts are gathered here, so that a request costs no message. */
export function createSharedWindows(channel: Channel): Windows & { flush(): void } {
  const unsent = new Map<string, Map<string, number>>()
  let timer: NodeJS.Timeout | undefined

  function flush(): void {
    clearTimeout(timer)
    timer = undefined
    const counts = [...unsent].flatMap(([scope, names]) =>
      [...names].map(([name, count]) => [scope, name, count] as const),
    )
    unsent.clear()
    if (counts.length > 0) channel.tell('count', counts)
  }

  return {
    add(scope, name, count = 1) {
      let names = unsent.get(scope)
      if (names === undefined) {
        names = new Map()
        unsent.set(scope, names)
      }
      names.set(name, (names.get(name) ?? 0) + count)
      timer ??= setTimeout(flush, flushEveryMs).unref()
    },
    async sum(scope, name, windowMs) {
      flush()
      return Number(await channel.ask('sum', scope, name, windowMs))
    },
    async take(request) {
      flush()
      return (await channel.ask('take', request)) === true
    },
    flush,
  }
}
