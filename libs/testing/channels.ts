import { type Channel, createChannel, type Message, type Port } from '#store/shared'

/** The two ends of a way inside one process that carries what a way between two would: JSON, in order, a turn later. */
export function portPair(): { readonly ends: readonly [Port, Port]; close(): void } {
  const listeners: ((batch: readonly Message[]) => void)[][] = [[], []]
  const closed: (() => void)[] = []
  let open = true
  const end = (own: number): Port => ({
    send(batch) {
      const text = JSON.stringify(batch)
      setImmediate(() => {
        if (open) for (const listener of listeners[1 - own] ?? []) listener(JSON.parse(text))
      })
    },
    onBatch: (listener) => listeners[own]?.push(listener),
    onClose: (listener) => closed.push(listener),
  })
  return {
    ends: [end(0), end(1)],
    close() {
      if (!open) return
      open = false
      for (const listener of closed) listener()
    },
  }
}

/** A channel to whatever `attach` makes of its other end; `close` is that process's death. */
export function channelTo(attach: (channel: Channel) => void): {
  readonly channel: Channel
  close(): void
} {
  const { ends, close } = portPair()
  attach(createChannel(ends[1]))
  return { channel: createChannel(ends[0]), close }
}
