import { endedSnapshot, type Metrics, type MetricsSnapshot } from '#observability'
import { within } from '#store'
import type { Channel } from '#store/shared'

/** A process that does not answer in time is shown as it was at the last scrape. */
const limitMs = 500

/**
 * Gathers what the processes of one gateway have counted, for the one of them that was asked. What a process that ended had
 * shown stays: sums never fall.
 */
export function createMetricsGathering(own: Pick<Metrics, 'snapshot'>): { attach(channel: Channel): void } {
  const shown = new Map<Channel, MetricsSnapshot>()
  let ended: Promise<MetricsSnapshot> = Promise.resolve([])

  async function look(channel: Channel): Promise<MetricsSnapshot> {
    try {
      const asked = channel.ask('snapshot') as Promise<MetricsSnapshot>
      const snapshot = await within(limitMs, asked, 'a process of this gateway')
      if (channel.open) shown.set(channel, snapshot)
    } catch {
      // Busy, or ended just now: then it is among those that ended.
    }
    return shown.get(channel) ?? []
  }

  return {
    attach(channel) {
      shown.set(channel, [])
      channel.answer('gather', async ([snapshot]) => {
        shown.set(channel, snapshot as MetricsSnapshot)
        const others = [...shown.keys()].filter((other) => other !== channel)
        const [primary, ...rest] = await Promise.all([own.snapshot(), ...others.map(look)])
        return [await ended, primary, ...rest]
      })
      channel.onClose(() => {
        const last = shown.get(channel) ?? []
        shown.delete(channel)
        ended = ended.then((before) => endedSnapshot([before, last]))
      })
    },
  }
}

/** The metrics of one of several processes: its scrape is of all of them. */
export function gatheringMetrics(metrics: Metrics, channel: Channel): Metrics {
  channel.answer('snapshot', () => metrics.snapshot())
  return {
    ...metrics,
    async scrape() {
      const others = await channel.ask('gather', await metrics.snapshot())
      return metrics.scrape(others as readonly MetricsSnapshot[])
    },
  }
}
