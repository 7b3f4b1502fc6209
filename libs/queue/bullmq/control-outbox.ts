import type { Redis } from 'ioredis'
import { type ControlMessage, encodeControl, type UploadAsk } from '../codec.ts'
import type { Keys } from './keys.ts'

/** Control messages of one tick to one channel go out as one. A lost one is repaired by what it would have answered. */
export type ControlOutbox = {
  send(channel: string, message: ControlMessage | UploadAsk): void
  /** Sends what waits for the end of the tick. */
  flush(): void
}

export function createControlOutbox(connection: Redis, keys: Keys): ControlOutbox {
  const pending = new Map<string, (ControlMessage | UploadAsk)[]>()

  function flush(): void {
    for (const [channel, messages] of pending) {
      // Unheard acknowledgements and requests are repeated: the worker sends its frames again until it hears us.
      keys.publish(connection, channel, encodeControl(messages)).catch(() => {})
    }
    pending.clear()
  }

  return {
    flush,
    send(channel, message) {
      if (pending.size === 0) setImmediate(flush)
      const messages = pending.get(channel)
      if (messages === undefined) pending.set(channel, [message])
      else messages.push(message)
    },
  }
}
