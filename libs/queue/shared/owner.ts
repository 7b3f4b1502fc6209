import type { Windows } from '#store'
import type { Channel } from '#store/shared'
import { createDrainRates, retryAfterMs } from '../drain-rate.ts'
import { createProviderQueue, type Entry, type ProviderQueue } from '../memory/provider-queue.ts'
import type { AdmitMessage, AgainMessage, LimitsMessage, RefuseMessage } from './messages.ts'

/*
 * The queues of several processes, in the one that owns them. A ticket is in its provider's queue (`provider-queue.ts`:
 * delayed, waiting, running); a running one has `release`, which its process calls with `done`, `again` or `leave`, and
 * its process's death calls for it.
 */

type Ticket = Entry & {
  readonly number: number
  readonly provider: string
  readonly channel: Channel
  release: ((again: { readonly delayMs: number } | undefined) => void) | undefined
}

export type QueueOwner = {
  /** Serves a process until its channel closes: then all its places are free. */
  attach(channel: Channel): void
}

export function createQueueOwner({ windows }: { readonly windows: Windows }): QueueOwner {
  const rates = createDrainRates(windows)
  const queues = new Map<string, ProviderQueue<Ticket>>()
  let processes = 0

  function of(provider: string): ProviderQueue<Ticket> {
    let queue = queues.get(provider)
    if (queue === undefined) {
      queue = createProviderQueue<Ticket>()
      queues.set(provider, queue)
    }
    return queue
  }

  function start(ticket: Ticket): Promise<{ readonly delayMs: number } | undefined> {
    return new Promise((resolve) => {
      ticket.release = resolve
      ticket.channel.tell('go', ticket.number)
    })
  }

  function leave(ticket: Ticket): void {
    const { release } = ticket
    if (release === undefined) of(ticket.provider).withdraw(ticket.id, { unstarted: false })
    else end(ticket, undefined)
  }

  function end(ticket: Ticket, again: { readonly delayMs: number } | undefined): void {
    const { release } = ticket
    ticket.release = undefined
    release?.(again)
  }

  async function refuse({ number, provider, channel }: Ticket, verdict: RefuseMessage[1]): Promise<void> {
    const { waiting } = of(provider)
    const perSecond = await rates.perSecond(provider)
    channel.tell('refuse', number, verdict, retryAfterMs(waiting, perSecond))
  }

  function attach(channel: Channel): void {
    processes += 1
    const tickets = createTickets(channel, processes)
    const taken = (number: unknown, act: (ticket: Ticket) => void) => {
      const ticket = tickets.take(number)
      if (ticket !== undefined) act(ticket)
    }
    channel.on('admit', (args) => {
      const [, provider, , , limits, delayMs, tenantShare] = args as AdmitMessage
      const ticket = tickets.add(args as AdmitMessage)
      const verdict = of(provider).admit(ticket, { limits, delayMs, tenantShare })
      if (verdict !== 'admitted') taken(ticket.number, () => void refuse(ticket, verdict))
      else if (ticket.release === undefined) channel.tell('wait', ticket.number)
    })
    channel.on('done', ([number]) =>
      taken(number, (ticket) => {
        rates.ended(ticket.provider)
        end(ticket, undefined)
      }),
    )
    channel.on('again', (args) => {
      const [number, delayMs] = args as AgainMessage
      const ticket = tickets.get(number)
      if (ticket !== undefined) end(ticket, { delayMs })
    })
    channel.on('leave', ([number]) => taken(number, leave))
    channel.answer('consume', (args) => {
      const [provider, limits] = args as LimitsMessage
      of(provider).consume(limits, start)
    })
    channel.answer('set-limits', (args) => {
      const [provider, limits] = args as LimitsMessage
      of(provider).setLimits(limits)
    })
    channel.answer('depths', ([providers]) =>
      Promise.all(
        (providers as readonly string[]).map(async (provider) =>
          of(provider).depth(provider, (await rates.perSecond(provider)) ?? 0),
        ),
      ),
    )
    channel.onClose(() => {
      // What waits goes first: else the slot of one would be given to another of them.
      const all = tickets.takeAll()
      for (const ticket of all) if (ticket.release === undefined) leave(ticket)
      for (const ticket of all) if (ticket.release !== undefined) leave(ticket)
    })
  }

  return { attach }
}

/** The tickets of one process that have not ended. */
function createTickets(channel: Channel, process: number) {
  const tickets = new Map<number, Ticket>()
  const take = (number: unknown): Ticket | undefined => {
    const ticket = tickets.get(Number(number))
    tickets.delete(Number(number))
    return ticket
  }
  return {
    add([number, provider, priority, tenant]: AdmitMessage): Ticket {
      const id = `${process}-${number}`
      const ticket: Ticket = { id, number, provider, priority, tenant, channel, release: undefined }
      tickets.set(number, ticket)
      return ticket
    },
    get: (number: number) => tickets.get(number),
    take,
    takeAll(): readonly Ticket[] {
      const all = [...tickets.values()]
      tickets.clear()
      return all
    },
  }
}
