import cluster from 'node:cluster'
import { createQueueObserver, type Metrics } from '#observability'
import { createSharedBroker } from '#queue/shared'
import { createChannel, createSharedStore } from '#store/shared'
import type { Boot } from '../boot.ts'
import { type OpenBroker, openBroker, opened } from '../open-broker.ts'
import { gatheringMetrics } from './gather-metrics.ts'
import { portToPrimary } from './ports.ts'

/** One of the processes that share a port and all limits. */
export type Member = {
  /** Never used again for another one. */
  readonly number: number
  /** Redis where one is configured; else the primary's store and the turns that it gives. */
  open(booted: Boot): OpenBroker | Promise<OpenBroker>
  metricsOf(metrics: Metrics): Metrics
  /** Resolves, with why, when the primary is gone: nobody would give turns, or connections. */
  readonly ended: Promise<string>
}

/** Called once, first of all, in a process that `startProcesses` has started. */
export function joinPrimary(): Member {
  const { worker } = cluster
  if (worker === undefined)
    throw new Error('started without a primary: start apps/standalone with -processes')
  // Node would end this process the moment its primary is gone; what is in hand is to end first.
  worker.exitedAfterDisconnect = true
  const channel = createChannel(portToPrimary())
  return {
    number: worker.id,
    open(booted) {
      const { config, logger, metrics } = booted
      if (config.queue.redisUrl !== undefined) return openBroker(booted)
      const store = createSharedStore(channel)
      const broker = createSharedBroker({ channel, logger, observer: createQueueObserver(metrics) })
      return opened(broker, store)
    },
    metricsOf: (metrics) => gatheringMetrics(metrics, channel),
    ended: new Promise((resolve) => {
      channel.onClose(() => resolve('the primary process is gone: what is in hand ends, then this process'))
    }),
  }
}
