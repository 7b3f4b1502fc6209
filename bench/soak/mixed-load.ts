import { type Answer, type Connection, openConnection } from '../load/connection.ts'
import { type Ask, createAsk } from './asks.ts'
import { shuffledDeck } from './deck.ts'
import type { Kind } from './kinds.ts'

/** Kind → outcome → how often. */
export type Tally = Record<string, Record<string, number>>

export type MixedLoad = {
  /** Sends so many, so many a second as far as answers come; resolves when all have become of them what they will. */
  send(requests: number, perSecond: number): Promise<void>
  /** All of it so far, what is not as its kind must be among it. */
  readonly tally: Tally
  readonly sent: number
  /** What was not as it must be: how often, and of each sort what came first. */
  readonly wrong: { count: number; readonly examples: Record<string, string> }
  /** Closes the idle connections, so that the gateway is as nobody had come. */
  hangUp(): void
}

/** A gateway that falls behind gets no more than this at a time. */
const mostAtOnce = 300
/** A machine with much else to do may stop for a minute. */
const patienceMs = 120_000
const tickMs = 4
const tailBytes = 700
/** What an example shows of an answer. */
const shownChars = 600

export function createMixedLoad(url: string): MixedLoad {
  const { hostname: host, port, host: name } = new URL(url)
  const idle: Connection[] = []
  const tally: Tally = {}
  const wrong = { count: 0, examples: {} as Record<string, string> }
  let deck: Kind[] = []
  let sent = 0
  let running = 0

  function book(kind: Kind, outcome: string, answer: Answer): void {
    const counts = tally[kind.id] ?? {}
    tally[kind.id] = counts
    counts[outcome] = (counts[outcome] ?? 0) + 1
    if (kind.outcomes.includes(outcome)) return
    wrong.count += 1
    wrong.examples[`${kind.id}: ${outcome}`] ??= `${answer.head}\n${answer.tail}`.slice(-shownChars)
  }

  function shoot(kind: Kind, done: () => void): void {
    const ask = createAsk(name, kind.draft())
    const connection = idle.pop() ?? openConnection({ host, port: Number(port) }, { tailBytes })
    let left = false
    const leave = () => {
      left = true
      connection.close()
    }
    let lost = false
    const patience = setTimeout(() => {
      lost = true
      connection.close()
    }, patienceMs)
    const goes =
      ask.leaves === undefined || ask.leaves === 'first piece'
        ? undefined
        : setTimeout(leave, ask.leaves.afterMs)
    connection.send(
      ask.bytes,
      (answer) => {
        clearTimeout(patience)
        clearTimeout(goes)
        const cut = left ? 'left' : lost ? 'no answer in time' : undefined
        book(kind, cut ?? outcomeOf(answer, ask), answer)
        if (/\r\nconnection: close/i.test(answer.head)) connection.close()
        idle.push(connection)
        done()
      },
      // Not from within the connection's own reading.
      ask.leaves === 'first piece' ? () => queueMicrotask(leave) : undefined,
    )
  }

  return {
    tally,
    wrong,
    get sent() {
      return sent
    },
    send(requests, perSecond) {
      const { promise, resolve } = Promise.withResolvers<void>()
      const startMs = performance.now()
      let arrived = 0
      let answered = 0
      const timer = setInterval(() => {
        const due = Math.min(requests, Math.ceil(((performance.now() - startMs) * perSecond) / 1_000))
        while (arrived < due && running < mostAtOnce) {
          if (deck.length === 0) deck = shuffledDeck()
          arrived += 1
          sent += 1
          running += 1
          shoot(deck.pop() as Kind, () => {
            running -= 1
            answered += 1
            if (answered < requests) return
            clearInterval(timer)
            resolve()
          })
        }
      }, tickMs)
      return promise
    },
    hangUp() {
      for (const connection of idle.splice(0)) connection.close()
    },
  }
}

/** In words: the status, the error's code where it has one, and whether a stream came to its end. */
function outcomeOf(answer: Answer, { streamEnd, header }: Ask): string {
  const { status, head, tail, bodyBytes } = answer
  if (status === 0) return 'no whole answer'
  if (status !== 200) {
    const code = /"code":"?([a-z_]+)"/.exec(tail)?.[1]
    return code === undefined ? String(status) : `${status} ${code}`
  }
  if (bodyBytes === 0) return 'empty'
  if (streamEnd !== undefined && !tail.includes(streamEnd)) {
    return tail.includes('"error"') ? '200 error event' : 'stream without its end'
  }
  const value =
    header === undefined ? undefined : new RegExp(`\\r\\n${header}: *([^\\r]*)`, 'i').exec(head)?.[1]
  return header === undefined ? '200' : `200 ${value ?? `without ${header}`}`
}
