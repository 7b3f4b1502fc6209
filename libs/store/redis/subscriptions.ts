import type { Redis } from 'ioredis'

/*
 * Channels on one subscriber connection.
 *
 *   away          no connection
 *   subscribing   connected, the server has not confirmed yet; tried again every 250 ms
 *   subscribed    messages arrive; `onSubscribed` was called, each time anew: what was published in between is lost
 */

const retryMs = 250

export type Subscription = {
  readonly subscribed: boolean
  close(): void
}

export type Subscriptions = {
  add(options: {
    readonly channels: readonly string[]
    onMessage(message: Buffer): void
    onSubscribed(): void
  }): Subscription
}

/** `sharded`: channels of a cluster's slots, each on the node that has it. */
export function createSubscriptions(connection: Redis, { sharded = false } = {}): Subscriptions {
  const event = sharded ? 'smessageBuffer' : 'messageBuffer'
  return {
    add(options) {
      const channels = new Set(options.channels)
      let subscribed = false
      let closed = false
      let retry: NodeJS.Timeout | undefined

      function subscribe(): void {
        if (closed) return
        subscribeTo(connection, options.channels, sharded).then(
          () => {
            subscribed = true
            if (!closed) options.onSubscribed()
          },
          () => {
            // The connection's own listener has logged the cause; while it is away 'ready' will bring us back.
            if (connection.status === 'ready') retry = setTimeout(subscribe, retryMs)
          },
        )
      }
      const lose = () => {
        subscribed = false
        clearTimeout(retry)
      }
      const receive = (channel: Buffer, message: Buffer) => {
        if (channels.has(channel.toString())) options.onMessage(message)
      }
      connection.on('ready', subscribe)
      connection.on('close', lose)
      connection.on(event, receive)
      if (connection.status === 'ready') subscribe()
      return {
        get subscribed() {
          return subscribed
        },
        close() {
          closed = true
          lose()
          connection.off('ready', subscribe)
          connection.off('close', lose)
          connection.off(event, receive)
        },
      }
    },
  }
}

function subscribeTo(connection: Redis, channels: readonly string[], sharded: boolean): Promise<unknown> {
  return sharded ? connection.ssubscribe(...channels) : connection.subscribe(...channels)
}
