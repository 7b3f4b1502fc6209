import { createLogger } from '#observability'
import { channelTo, sharedRedisUrl } from '#testing'
import { queueConformance } from './conformance.suite.ts'
import { hopConformance } from './conformance-hops.suite.ts'
import { policyConformance } from './conformance-policy.suite.ts'
import { replyConformance } from './conformance-replies.suite.ts'
import { turnsConformance } from './conformance-turns.suite.ts'
import { uploadConformance } from './conformance-uploads.suite.ts'
import { createEndlessWindows, type Ends } from './helpers.suite.ts'
import { createMemoryBroker } from './index.ts'
import { freshPrefix, openSide } from './redis-ends.suite.ts'
import { createQueueOwner, createSharedBroker } from './shared/index.ts'

const logger = createLogger({ level: 'silent' })

async function memoryEnds(throughCodec: boolean): Promise<Ends> {
  const windows = createEndlessWindows()
  const broker = createMemoryBroker({ logger, throughCodec, windows })
  return { api: broker, worker: broker, windows, close: () => broker.close() }
}

/** One process of several: it answers what it takes in, in turns that another one gives. */
async function sharedEnds(): Promise<Ends> {
  const windows = createEndlessWindows()
  const owner = createQueueOwner({ windows })
  const { channel, close } = channelTo((end) => owner.attach(end))
  const broker = createSharedBroker({ logger, channel })
  return {
    api: broker,
    worker: broker,
    windows,
    async close() {
      await broker.close()
      close()
    },
  }
}

/** Two brokers as in two processes: nothing in common but Redis. */
async function redisEnds(): Promise<Ends> {
  const url = await sharedRedisUrl()
  const prefix = freshPrefix()
  const windows = createEndlessWindows()
  const [api, worker] = await Promise.all([openSide(url, prefix, windows), openSide(url, prefix, windows)])
  return {
    api: api.broker,
    worker: worker.broker,
    windows,
    close: async () => {
      await Promise.all([api.close(), worker.close()])
    },
  }
}

const rooms: readonly (readonly [string, () => Promise<Ends>])[] = [
  ['memory', () => memoryEnds(false)],
  ['memory through the codec', () => memoryEnds(true)],
  ['shared by processes', sharedEnds],
  ['redis', redisEnds],
]
for (const [name, connect] of rooms) {
  queueConformance(name, connect)
  replyConformance(name, connect)
  uploadConformance(name, connect)
  policyConformance(name, connect)
  turnsConformance(name, connect)
  hopConformance(name, connect)
}
