import type { Logger } from '#observability'
import { createSubscriptions, type RedisStore } from '#store'
import { createControlOutbox } from './control-outbox.ts'
import { createKeys } from './keys.ts'
import type { HubSite } from './reply-hub.ts'
import { createUploadSender, type UploadSender } from './upload-sender.ts'

/** An API pod's end of one site (store/redis/sites.ts). */
export type SiteEnd = HubSite & { readonly uploads: UploadSender }

export type SiteEnds = {
  /** Opened when it is asked for. */
  at(provider: string): SiteEnd
  opened(): Iterable<SiteEnd>
}

export function createSiteEnds(options: {
  readonly store: RedisStore
  readonly pod: string
  readonly logger: Logger
}): SiteEnds {
  const { store, ...shared } = options
  const { connections, keyPrefix } = store
  const ends = new Map<string, SiteEnd>()

  function open(provider: string): SiteEnd {
    const site = connections.site(provider)
    const keys = createKeys(keyPrefix, site)
    const connection = connections.producer(provider)
    const subscriptions = createSubscriptions(connections.subscriber(provider), site)
    return {
      id: site.id,
      keys,
      subscriptions,
      control: createControlOutbox(connection, keys),
      uploads: createUploadSender({ ...shared, connection, keys, subscriptions }),
    }
  }

  return {
    at(provider) {
      const { id } = connections.site(provider)
      const existing = ends.get(id)
      if (existing !== undefined) return existing
      const end = open(provider)
      ends.set(id, end)
      return end
    },
    opened: () => ends.values(),
  }
}
