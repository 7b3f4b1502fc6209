import { GatewayError, type GatewayErrorData } from '#contract'
import { storeUnavailable } from '../unavailable.ts'
import { within } from '../within.ts'

/*
 * One end of the way between a gateway process and the one that owns what they share:
 *
 *   open     what is told within a turn goes out as one batch when the turn is over
 *   closed   the other end is gone: whoever asks is told `unavailable`, what is told is dropped
 *
 * Messages arrive in the order in which they were told. What is answered at once is told at once: so a notice that comes
 * after an answer is newer than it.
 */

/** What carries batches; JSON is all that has to get through. */
export type Port = {
  send(batch: readonly Message[]): void
  onBatch(listener: (batch: readonly Message[]) => void): void
  onClose(listener: () => void): void
}

/** Topic, then what is told. */
export type Message = readonly [topic: string, ...args: unknown[]]

export type Channel = {
  tell(topic: string, ...args: readonly unknown[]): void
  /** Rejects with the other end's GatewayError, or `unavailable` within 1.1 s. */
  ask(topic: string, ...args: readonly unknown[]): Promise<unknown>
  /** Asks what does no harm when it is asked twice until it is answered: for a start beside a busy owner. */
  insist(topic: string, ...args: readonly unknown[]): Promise<unknown>
  /** What to do with what is told; one listener a topic. */
  on(topic: string, listener: (args: readonly unknown[]) => void): void
  /** How to answer what is asked. */
  answer(topic: string, answerer: (args: readonly unknown[]) => unknown): void
  onClose(listener: () => void): void
  readonly open: boolean
  /** Sends what waits for the end of the turn. */
  flush(): void
}

const limitMs = 1_000

type Asked = { resolve(value: unknown): void; reject(error: GatewayError): void }

export function createChannel(port: Port): Channel {
  const listeners = new Map<string, (args: readonly unknown[]) => void>()
  const closed: (() => void)[] = []
  const asked = new Map<number, Asked>()
  let open = true
  let batch: Message[] = []
  let questions = 0

  function flush(): void {
    if (batch.length === 0) return
    const messages = batch
    batch = []
    if (open) port.send(messages)
  }

  function tell(topic: string, ...args: readonly unknown[]): void {
    if (!open) return
    // After the sockets of this turn were read: what they brought goes out together.
    if (batch.length === 0) setImmediate(flush)
    batch.push([topic, ...args])
  }

  function settle(number: unknown, end: (one: Asked) => void): void {
    const one = asked.get(Number(number))
    asked.delete(Number(number))
    if (one !== undefined) end(one)
  }

  listeners.set('=', ([number, value]) => settle(number, ({ resolve }) => resolve(value)))
  listeners.set('!', ([number, error]) =>
    settle(number, ({ reject }) => reject(GatewayError.fromData(error as GatewayErrorData))),
  )
  port.onBatch((messages) => {
    for (const [topic, ...args] of messages) listeners.get(topic)?.(args)
  })
  port.onClose(() => {
    open = false
    batch = []
    for (const { reject } of asked.values()) reject(storeUnavailable(undefined))
    asked.clear()
    for (const listener of closed) listener()
  })

  async function ask(topic: string, ...args: readonly unknown[]): Promise<unknown> {
    if (!open) throw storeUnavailable(undefined)
    questions += 1
    const number = questions
    const answered = new Promise((resolve, reject) => asked.set(number, { resolve, reject }))
    tell(topic, number, ...args)
    try {
      return await within(limitMs, answered, 'the process that owns the queues')
    } catch (error) {
      throw GatewayError.is(error) ? error : storeUnavailable(error)
    } finally {
      asked.delete(number)
    }
  }

  return {
    tell,
    ask,
    async insist(...question) {
      for (;;) {
        try {
          return await ask(...question)
        } catch (error) {
          if (!open || GatewayError.from(error).code !== 'store_unavailable') throw error
        }
      }
    },
    on: (topic, listener) => listeners.set(topic, listener),
    answer(topic, answerer) {
      const refuse = (number: unknown, error: unknown) => tell('!', number, GatewayError.from(error).toData())
      listeners.set(topic, ([number, ...args]) => {
        try {
          const value = answerer(args)
          if (!(value instanceof Promise)) tell('=', number, value)
          else
            value.then(
              (later: unknown) => tell('=', number, later),
              (error: unknown) => refuse(number, error),
            )
        } catch (error) {
          refuse(number, error)
        }
      })
    },
    onClose: (listener) => closed.push(listener),
    get open() {
      return open
    },
    flush,
  }
}
