import type { GatewayError } from '#contract'
import type { Channel } from '#store/shared'
import { brokerClosed, queueFull, storeUnavailable, tenantShare } from '../errors.ts'
import type { Admission } from '../memory/provider-queue.ts'
import type { Request } from '../memory/request.ts'
import type { RefuseMessage } from './messages.ts'

/*
 * The tickets of one process, whose turns another one gives:
 *
 *   asked     the owner has not said anything    → waiting, running; refused, or its caller has left: gone
 *   waiting   admitted, or delayed               → running; withdrawn: gone
 *   running   its turn has come                  → gone, or waiting again
 *
 * Nobody else can start what is ours, so taking back what waits is decided here, at once; the owner is told. A `go` that
 * was under way then finds nothing.
 */

export type Ticket = {
  readonly number: number
  readonly provider: string
  readonly request: Request
  state: 'waiting' | 'running'
  /** It has been started before. */
  started: boolean
  /** While it is asked. */
  asking: Asking | undefined
}

type Asking = {
  readonly onAdmitted: (() => void) | undefined
  readonly timer: NodeJS.Timeout
  resolve(refused: GatewayError | undefined): void
}

export type Tickets = {
  /** Resolves when it was admitted, or with why it was not. */
  ask(request: Request, provider: string, admission: Admission): Promise<GatewayError | undefined>
  /** False for a request that runs or is gone, or was started where it must not have been. */
  withdraw(request: Request, options: { readonly unstarted: boolean }): boolean
  /** It has ended, or comes back after a time. */
  release(ticket: Ticket, again: { readonly delayMs: number } | undefined): void
  /** Gives up all. */
  close(): void
}

const limitMs = 1_000

export function createTickets(channel: Channel, onTurn: (ticket: Ticket) => void): Tickets {
  const tickets = new Map<number, Ticket>()
  /** Where a request is: the ticket that was admitted last. */
  const places = new Map<string, Ticket>()
  let numbers = 0

  function forget(ticket: Ticket): void {
    tickets.delete(ticket.number)
    if (places.get(ticket.request.id) === ticket) places.delete(ticket.request.id)
  }

  function answerAsked(ticket: Ticket, error: GatewayError | undefined): void {
    const { asking } = ticket
    if (asking === undefined) return
    ticket.asking = undefined
    clearTimeout(asking.timer)
    if (error === undefined) {
      places.set(ticket.request.id, ticket)
      asking.onAdmitted?.()
    } else forget(ticket)
    asking.resolve(error)
  }

  /** The owner's first word of it; it is nobody's any more when its caller has left meanwhile. */
  function admitted(ticket: Ticket): boolean {
    const { signal } = ticket.request
    const isLeft = ticket.asking !== undefined && signal.aborted
    if (isLeft) channel.tell('leave', ticket.number)
    answerAsked(ticket, isLeft ? signal.reason : undefined)
    return !isLeft
  }

  function giveUp(number: number): void {
    const ticket = tickets.get(number)
    if (ticket?.asking === undefined) return
    answerAsked(ticket, storeUnavailable(undefined))
    channel.tell('leave', number)
  }

  const heard = (topic: string, act: (ticket: Ticket, args: readonly unknown[]) => void) =>
    channel.on(topic, (args) => {
      const ticket = tickets.get(Number(args[0]))
      if (ticket !== undefined) act(ticket, args)
    })
  heard('wait', admitted)
  heard('go', (ticket) => {
    if (!admitted(ticket)) return
    ticket.state = 'running'
    onTurn(ticket)
  })
  heard('refuse', (ticket, args) => {
    const [, verdict, retryAfterMs] = args as RefuseMessage
    const error = verdict === 'queue_full' ? queueFull : tenantShare
    answerAsked(ticket, error(ticket.provider, retryAfterMs))
  })
  channel.onClose(() => {
    for (const ticket of [...tickets.values()]) {
      if (ticket.asking !== undefined) answerAsked(ticket, storeUnavailable(undefined))
      else if (ticket.state === 'waiting') {
        forget(ticket)
        ticket.request.end(brokerClosed())
      }
    }
  })

  return {
    ask(request, provider, { limits, delayMs, tenantShare: share, onAdmitted }) {
      if (!channel.open) return Promise.resolve(storeUnavailable(undefined))
      numbers += 1
      const number = numbers
      return new Promise((resolve) => {
        // What has already arrived is read before the verdict: this process may have been busy itself.
        const timer = setTimeout(() => setImmediate(() => setImmediate(giveUp, number)), limitMs)
        const asking = { onAdmitted, timer, resolve }
        tickets.set(number, { number, provider, request, state: 'waiting', started: false, asking })
        channel.tell('admit', number, provider, request.priority, request.tenant, limits, delayMs, share)
      })
    },
    withdraw({ id }, { unstarted }) {
      const ticket = places.get(id)
      if (ticket === undefined || ticket.state === 'running' || (unstarted && ticket.started)) return false
      forget(ticket)
      channel.tell('leave', ticket.number)
      return true
    },
    release(ticket, again) {
      if (again === undefined) {
        forget(ticket)
        channel.tell('done', ticket.number)
        return
      }
      ticket.state = 'waiting'
      channel.tell('again', ticket.number, again.delayMs)
    },
    close() {
      for (const ticket of [...tickets.values()]) {
        answerAsked(ticket, storeUnavailable(undefined))
        forget(ticket)
        channel.tell('leave', ticket.number)
      }
      channel.flush()
    },
  }
}
