import type { Channel } from '#store/shared'
import type { QueueDepth } from '../broker.ts'
import type { Start } from '../memory/provider-queue.ts'
import type { Queues } from '../memory/queues.ts'
import type { Request } from '../memory/request.ts'
import { createTickets, type Ticket } from './tickets.ts'

type Consumer = { readonly start: Start<Request>; running: number; isPaused: boolean }

/** The longest that a timer takes: what this process will not start must not hold a slot. */
const neverMs = 2 ** 31 - 1

/** The queues that another process owns (`owner.ts`), as one of its processes sees them. */
export function createRemoteQueues(channel: Channel): Queues {
  const tickets = createTickets(channel, onTurn)
  const consumers = new Map<string, Consumer>()
  /** Their turn came before anybody here takes the provider's jobs. */
  let early: Ticket[] = []
  let isPaused = false

  function onTurn(ticket: Ticket): void {
    const consumer = consumers.get(ticket.provider)
    if (isPaused || consumer?.isPaused) tickets.release(ticket, { delayMs: neverMs })
    else if (consumer === undefined) early.push(ticket)
    else void run(ticket, consumer)
  }

  async function run(ticket: Ticket, consumer: Consumer): Promise<void> {
    ticket.started = true
    consumer.running += 1
    const again = await consumer.start(ticket.request)
    consumer.running -= 1
    tickets.release(ticket, again)
  }

  return {
    admit: tickets.ask,
    withdraw: tickets.withdraw,
    // The owner counts what has ended.
    ended: () => {},
    async consume(provider, limits, start) {
      const consumer: Consumer = { start, running: 0, isPaused: false }
      consumers.set(provider, consumer)
      const due = early.filter((ticket) => ticket.provider === provider)
      early = early.filter((ticket) => ticket.provider !== provider)
      for (const ticket of due) void run(ticket, consumer)
      await channel.insist('consume', provider, limits)
    },
    async setLimits(provider, limits) {
      await channel.ask('set-limits', provider, limits)
    },
    running: (provider) => consumers.get(provider)?.running ?? 0,
    pause(provider) {
      const consumer = provider === undefined ? undefined : consumers.get(provider)
      if (provider === undefined) isPaused = true
      else if (consumer !== undefined) consumer.isPaused = true
    },
    depths: async (providers) => (await channel.ask('depths', providers)) as readonly QueueDepth[],
    ready: () => channel.open,
    close: tickets.close,
  }
}
