import { createCollector } from './collect.ts'
import { type Connection, openConnection } from './connection.ts'
import { graceMs, type LoadResult, type Shot } from './types.ts'

/** A gateway that falls behind must not be given a connection more for every arrival. */
const mostConnections = 1_000

/** Open loop: so many arrivals a second whatever comes back; latency counts from the scheduled time. */
export function openLoop(shot: Shot, perSecond: number, seconds: number): Promise<LoadResult> {
  const collector = createCollector(shot)
  const total = Math.round(perSecond * seconds)
  const startMs = performance.now()
  const idle: Connection[] = []
  const all: Connection[] = []
  /** Scheduled times of arrivals that found every connection busy. */
  const waiting: number[] = []
  let arrived = 0
  let answered = 0
  const { promise, resolve } = Promise.withResolvers<LoadResult>()

  function arrive(scheduledMs: number): void {
    const connection = idle.pop() ?? openAnother()
    if (connection === undefined) waiting.push(scheduledMs)
    else shoot(connection, scheduledMs)
  }

  function shoot(connection: Connection, scheduledMs: number): void {
    collector.shoot(connection, scheduledMs, () => {
      answered += 1
      const next = waiting.shift()
      if (next !== undefined) shoot(connection, next)
      else idle.push(connection)
      if (answered === total) finish()
    })
  }

  function openAnother(): Connection | undefined {
    if (all.length >= mostConnections) return undefined
    const connection = openConnection(shot)
    all.push(connection)
    return connection
  }

  // A timer of a millisecond is late by up to one; what is due is sent together, and each counts from its own time.
  const ticker = setInterval(() => {
    const due = Math.min(total, Math.floor(((performance.now() - startMs) / 1_000) * perSecond))
    for (; arrived < due; arrived += 1) arrive(startMs + (arrived / perSecond) * 1_000)
    if (arrived === total) clearInterval(ticker)
  }, 1)
  // Closing books what still waits as errors, each of which draws the next one in line, until all are answered.
  const overdue = setTimeout(giveUp, seconds * 1_000 + graceMs)
  function giveUp(): void {
    for (let left = waiting.length + all.length; left > 0 && answered < total; left -= 1) {
      for (const connection of all) connection.close()
    }
  }
  function finish(): void {
    clearTimeout(overdue)
    clearInterval(ticker)
    for (const connection of all) connection.close()
    resolve(collector.result())
  }
  return promise
}
