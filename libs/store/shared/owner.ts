import { createFactsCopy } from '../facts-copy.ts'
import { createMemoryStore, type MemoryStoreOptions } from '../memory/index.ts'
import type { Leases, Records, Windows } from '../store.ts'
import type { Channel } from './channel.ts'
import type { FactMessage } from './facts.ts'
import type { CountsMessage } from './windows.ts'

/** What the processes of one gateway share without Redis, in the one that owns it. */
export type StoreOwner = {
  /** Serves a process until its channel closes. */
  attach(channel: Channel): void
  readonly windows: Windows
}

export function createStoreOwner(options: MemoryStoreOptions = {}): StoreOwner {
  const store = createMemoryStore(options)
  const facts = createFactsCopy(store.clock.nowMs)
  const channels = new Set<Channel>()

  function serveFacts(channel: Channel): void {
    channel.answer('follow', ([scopes]) =>
      (scopes as readonly string[]).flatMap((scope) =>
        [...facts.all(scope)].map(([name, fact]): FactMessage => [scope, name, fact]),
      ),
    )
    channel.on('set-fact', (args) => {
      const [scope, name, fact] = args as FactMessage
      facts.follow(scope)
      facts.apply({ scope, name, fact: fact ?? undefined })
      channel.tell('fact-kept', scope, name)
      for (const other of channels) if (other !== channel) other.tell('fact', scope, name, fact)
    })
  }

  return {
    attach(channel) {
      channels.add(channel)
      channel.onClose(() => channels.delete(channel))
      serveFacts(channel)
      serveWindows(channel, store.windows)
      serveRecords(channel, store.records)
      serveLeases(channel, store.leases)
      const { reserve, settle } = store.rateLimits
      channel.answer('reserve', ([stages]) => reserve(stages as Parameters<typeof reserve>[0]))
      channel.answer('settle', (args) => settle(...(args as Parameters<typeof settle>)))
    },
    windows: store.windows,
  }
}

function serveWindows(channel: Channel, windows: Windows): void {
  channel.on('count', ([counts]) => {
    for (const count of counts as CountsMessage) windows.add(...count)
  })
  channel.answer('sum', (args) => windows.sum(...(args as Parameters<Windows['sum']>)))
  channel.answer('take', (args) => windows.take(...(args as Parameters<Windows['take']>)))
}

function serveRecords(channel: Channel, records: Records): void {
  channel.answer('set-record', (args) => records.set(...(args as Parameters<Records['set']>)))
  channel.answer('add-record', (args) => records.add(...(args as Parameters<Records['add']>)))
  channel.answer('get-record', (args) => records.get(...(args as Parameters<Records['get']>)))
  channel.answer('get-records', (args) => records.getMany(...(args as Parameters<Records['getMany']>)))
  channel.answer('delete-record', (args) => records.delete(...(args as Parameters<Records['delete']>)))
}

function serveLeases(channel: Channel, leases: Leases): void {
  channel.answer('renew-lease', (args) => leases.renew(...(args as Parameters<Leases['renew']>)))
  channel.answer('lapsed-leases', (args) => leases.lapsed(...(args as Parameters<Leases['lapsed']>)))
  channel.answer('release-lease', (args) => leases.release(...(args as Parameters<Leases['release']>)))
}
