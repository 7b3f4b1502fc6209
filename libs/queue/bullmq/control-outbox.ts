import type { Redis } from 'ioredis'
import { type ControlMessage, encodeControl, type UploadAsk } from '../codec.ts'
import type { Keys } from './keys.ts'

/** Long before a worker sends again what was not acknowledged (200 ms, outgoing.ts). */
const unhurriedMs = 10

/** Control messages of one tick to one channel go out as one. A lost one is repaired by what it would have answered. */
export type ControlOutbox = {
  send(channel: string, message: ControlMessage | UploadAsk): void
  /** With the next message that is sent, or some milliseconds later: nobody waits for it. */
  sendUnhurried(channel: string, message: ControlMessage | UploadAsk): void
  /** Sends what waits. */
  flush(): void
}

export function createControlOutbox(connection: Redis, keys: Keys): ControlOutbox {
  const pending = new Map<string, (ControlMessage | UploadAsk)[]>()
  let atEndOfTick: NodeJS.Immediate | undefined
  let later: NodeJS.Timeout | undefined

  function flush(): void {
    clearImmediate(atEndOfTick)
    clearTimeout(later)
    atEndOfTick = undefined
    later = undefined
    for (const [channel, messages] of pending) {
      // Unheard acknowledgements and requests are repeated: the worker sends its frames again until it hears us.
      keys.publish(connection, channel, encodeControl(messages)).catch(() => {})
    }
    pending.clear()
  }

  function keep(channel: string, message: ControlMessage | UploadAsk): void {
    const messages = pending.get(channel)
    if (messages === undefined) pending.set(channel, [message])
    else messages.push(message)
  }

  return {
    flush,
    send(channel, message) {
      keep(channel, message)
      atEndOfTick ??= setImmediate(flush)
    },
    sendUnhurried(channel, message) {
      keep(channel, message)
      later ??= setTimeout(flush, unhurriedMs)
    },
  }
}
