import { createConnection, Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { AbstractConnector, type RedisOptions } from 'ioredis'
import type { Topology } from './cluster-topology.ts'

const disconnectLimitMs = 2_000

/**
 * How a connection finds the node of a cluster that serves one hash tag: it asks whenever it is made, so that it follows a
 * failover or a slot that has moved, and is a plain connection to one Redis in between. ioredis's own cluster client is not
 * used for queues: it sends a command again whose connection was lost (a job that runs twice), says nothing of
 * one node's coming and going, and gives no order over a move.
 */
export function slotConnector(topology: Topology, tag: string): NonNullable<RedisOptions['Connector']> {
  // A class because ioredis constructs it, for each connection and each duplicate of one.
  return class SlotConnector extends AbstractConnector {
    readonly #options: RedisOptions

    constructor(options: unknown) {
      super(disconnectLimitMs)
      this.#options = options as RedisOptions
    }

    // A rejection would end the connection for ever: a lookup that failed is a socket that failed, and tried again.
    async connect(): Promise<Socket> {
      this.connecting = true
      try {
        const { host, port } = await topology.ownerOf(tag)
        const { tls } = this.#options
        this.stream = tls ? connectTls({ ...tls, host, port }) : createConnection({ host, port })
        this.stream.once('error', (error) => {
          this.firstError = error
        })
      } catch (error) {
        this.firstError = error as Error
        this.stream = new Socket().destroy()
      }
      if (!this.connecting) this.stream.destroy()
      return this.stream
    }
  }
}
