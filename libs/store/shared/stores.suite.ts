import { channelTo } from '#testing'
import type { MemoryStoreOptions } from '../memory/index.ts'
import type { Store } from '../store.ts'
import { createStoreOwner } from './owner.ts'
import { createSharedStore } from './shared-store.ts'

/** The stores of two processes that one more owns. */
export function sharedStores(options?: MemoryStoreOptions): readonly [Store, Store] {
  const owner = createStoreOwner(options)
  const open = () => createSharedStore(channelTo((channel) => owner.attach(channel)).channel)
  return [open(), open()]
}
