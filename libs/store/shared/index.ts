/** A store that one process owns for others. Its own door: one process alone never loads it. */
export { type Channel, createChannel, type Message, type Port } from './channel.ts'
export { createStoreOwner, type StoreOwner } from './owner.ts'
export { createSharedStore } from './shared-store.ts'
