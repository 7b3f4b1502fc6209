import { createCollector } from './collect.ts'
import { openConnection } from './connection.ts'
import { graceMs, type LoadResult, type Shot } from './types.ts'

/** Closed loop: so many connections, each sends as soon as it has its answer. */
export function closedLoop(shot: Shot, connections: number, seconds: number): Promise<LoadResult> {
  const collector = createCollector(shot)
  const endMs = performance.now() + seconds * 1_000
  const opened = Array.from({ length: connections }, () => openConnection(shot))
  let open = connections
  const { promise, resolve } = Promise.withResolvers<LoadResult>()

  // Whatever still waits then is closed, which books it as an error.
  const overdue = setTimeout(closeAll, seconds * 1_000 + graceMs)
  function closeAll(): void {
    for (const connection of opened) connection.close()
  }
  function finish(): void {
    clearTimeout(overdue)
    closeAll()
    resolve(collector.result())
  }
  for (const connection of opened) {
    const next = () => {
      const nowMs = performance.now()
      if (nowMs < endMs) collector.shoot(connection, nowMs, next)
      else if (--open === 0) finish()
    }
    next()
  }
  return promise
}
