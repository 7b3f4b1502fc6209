import { createLogger } from '#observability'
import { sharedRedisUrl } from '#testing'
import { queueConformance } from './conformance.suite.ts'
import { replyConformance } from './conformance-replies.suite.ts'
import { uploadConformance } from './conformance-uploads.suite.ts'
import type { Ends } from './helpers.suite.ts'
import { createMemoryBroker } from './index.ts'
import { freshPrefix, openSide } from './redis-ends.suite.ts'

const logger = createLogger({ level: 'silent' })

async function memoryEnds(throughCodec: boolean): Promise<Ends> {
  const broker = createMemoryBroker({ logger, throughCodec })
  return { api: broker, worker: broker, close: () => broker.close() }
}

/** Two brokers as in two processes: nothing in common but Redis. */
async function redisEnds(): Promise<Ends> {
  const url = await sharedRedisUrl()
  const prefix = freshPrefix()
  const [api, worker] = await Promise.all([openSide(url, prefix), openSide(url, prefix)])
  return {
    api: api.broker,
    worker: worker.broker,
    close: async () => {
      await Promise.all([api.close(), worker.close()])
    },
  }
}

const rooms: readonly (readonly [string, () => Promise<Ends>])[] = [
  ['memory', () => memoryEnds(false)],
  ['memory through the codec', () => memoryEnds(true)],
  ['redis', redisEnds],
]
for (const [name, connect] of rooms) {
  queueConformance(name, connect)
  replyConformance(name, connect)
  uploadConformance(name, connect)
}
