import type { ChunkFrame, EndFrame, Frame, HeadFrame } from '#contract'
import { GatewayError } from '#contract'
import { createLogger } from '#observability'
import type { Reply, Submission } from '#queue'
import { createMemoryStore, type Records } from '#store'
import { createFakeBroker } from '../testing/fake-broker.ts'
import { type AnswerCacheOptions, createAnswerCache } from './answer-cache.ts'
import type { CacheOutcome, CacheRequest } from './types.ts'

export const target = { provider: 'openai', model: 'gpt-4o-mini' }

export const head: HeadFrame = {
  type: 'head',
  status: 200,
  headers: { 'content-type': 'application/json', 'openai-version': '2020-10-01' },
  target,
  attempts: [{ ...target, outcome: '200' }],
  queueMs: 7,
  warnings: [{ code: 'unsupported', path: 'logit_bias' }],
}
export const chunk = (bytes: string | Uint8Array): ChunkFrame => ({
  type: 'chunk',
  bytes: typeof bytes === 'string' ? Buffer.from(bytes) : bytes,
})
export const end: EndFrame = {
  type: 'end',
  usage: { input: { total: 3 }, output: { total: 5 } },
  stopReason: 'stop',
  attempts: [{ ...target, outcome: '200' }],
  warnings: [],
}
export const failWith = (kind: 'queue-full' | 'timeout' | 'cancelled' | 'upstream-failed'): Frame => ({
  type: 'fail',
  error: errorOf(kind).toData(),
  attempts: [{ ...target, outcome: kind }],
})
export const errorOf = (kind: 'queue-full' | 'timeout' | 'cancelled' | 'upstream-failed') =>
  new GatewayError({ kind, code: kind.replace('-', '_'), message: `It was ${kind}.` })

/** The frames as one who reads along, or comes later, gets them. */
export const replayed = (...frames: readonly Frame[]): readonly Frame[] =>
  frames.map((frame) => {
    if (frame.type === 'head') return { ...frame, attempts: [], queueMs: 0 }
    return frame.type === 'end' || frame.type === 'fail' ? { ...frame, attempts: [] } : frame
  })

export type Asked = Partial<CacheRequest>

/** A cache whose calls the test answers. */
export function startCache(options: Partial<AnswerCacheOptions> = {}) {
  const broker = createFakeBroker()
  const waited: number[] = []
  const cache = createAnswerCache({
    config: { ttlMs: 60_000, maxEntryBytes: 100_000 },
    store: createMemoryStore(),
    logger: createLogger({ level: 'silent' }),
    ...options,
  })
  /** Begins a request; nothing is read of its answer yet. */
  const request = (asked: Asked = {}) => {
    const outcomes: CacheOutcome[] = []
    const reply = cache.answer(
      {
        tenant: 'tenant-1',
        wire: 'openai-chat',
        operation: 'chat',
        targets: [target],
        bytes: Buffer.from('{"model":"fast"}'),
        address: {},
        forwardHeaders: {},
        stream: false,
        priority: 'normal',
        timeoutMs: 60_000,
        onOutcome: (outcome) => outcomes.push(outcome),
        ...asked,
      },
      (waitedMs) => {
        waited.push(waitedMs)
        return broker.submit(noSubmission)
      },
    )
    return { reply, outcomes, all: () => framesOf(reply) }
  }
  /** The whole answer to a request, and what it was. */
  const answer = async (asked: Asked = {}) => {
    const { all, outcomes } = request(asked)
    return { frames: await all(), outcomes }
  }
  return { cache, broker, waited, request, answer }
}

const noSubmission = {} as Submission

/** Reads as the relay does: until the terminal frame, or to the end of a reply that has none. */
export async function framesOf(reply: Reply): Promise<readonly Frame[]> {
  const frames: Frame[] = []
  for await (const batch of reply) {
    frames.push(...batch)
    const last = batch.at(-1)?.type
    if (last === 'end' || last === 'fail') break
  }
  return frames
}

export function bodyOf(frames: readonly Frame[]): Buffer {
  return Buffer.concat(frames.flatMap((frame) => (frame.type === 'chunk' ? [frame.bytes] : [])))
}

/** Records that a test can take away, and which tell what was asked of them. */
export function createTestRecords(records: Records = createMemoryStore().records) {
  const asked: string[] = []
  let away = false
  const through = async <T>(name: string, work: () => Promise<T>): Promise<T> => {
    asked.push(name)
    if (away) throw new GatewayError({ kind: 'unavailable', code: 'store_unavailable', message: 'Away.' })
    return await work()
  }
  return {
    asked,
    setAway: (value: boolean) => {
      away = value
    },
    records: {
      set: (key, value, ttlMs) => through(`set ${key}`, () => records.set(key, value, ttlMs)),
      add: (key, value, ttlMs) => through(`add ${key}`, () => records.add(key, value, ttlMs)),
      get: (key) => through(`get ${key}`, () => records.get(key)),
      getMany: (keys) => through('getMany', () => records.getMany(keys)),
      delete: (key) => through(`delete ${key}`, () => records.delete(key)),
    } satisfies Records,
  }
}

export const answerFrames: readonly Frame[] = [head, chunk('{"id":"1"'), chunk('}'), end]

/** Asks once and answers the call. */
export async function ask(
  started: ReturnType<typeof startCache>,
  frames: readonly Frame[],
  asked: Asked = {},
) {
  const pending = started.answer(asked)
  ;(await started.broker.nextJob()).send(...frames)
  return await pending
}
