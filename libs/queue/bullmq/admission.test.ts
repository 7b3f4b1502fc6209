import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import fc from 'fast-check'
import { type Priority, priorities } from '#contract'
import { createLogger } from '#observability'
import { createRedisStore } from '#store/redis'
import { sharedRedisUrl, until } from '#testing'
import { createDrainRates } from '../drain-rate.ts'
import { bullPriority, firstTag, lastStarted, nextTag } from '../fair-tags.ts'
import { isError } from '../helpers.suite.ts'
import { freshPrefix } from '../redis-ends.suite.ts'
import { createAdmit } from './admission.ts'
import { createKeys } from './keys.ts'
import { createWithdrawals } from './withdrawals.ts'

const provider = 'openai'
const limits = { concurrency: 3, bufferSize: 200 }

/** Admission on a real Redis, beside a queue whose jobs the test moves as BullMQ does. */
async function openQueue(context: TestContext) {
  const logger = createLogger({ level: 'silent' })
  const store = createRedisStore({ url: await sharedRedisUrl(), logger, keyPrefix: freshPrefix() })
  context.after(() => store.close())
  await until(() => store.ready(), { what: 'the store to be ready' })
  const redis = store.connections.producer('')
  const keys = createKeys(store.keyPrefix)
  const admit = createAdmit({
    store,
    keys,
    rates: createDrainRates(undefined),
  })
  const withdrawals = createWithdrawals({ connectionOf: () => redis, keys, onRunning() {}, onGone() {} })
  context.after(() => withdrawals.close())
  const [prioritized, active] = [keys.bull(provider, 'prioritized'), keys.bull(provider, 'active')]
  let counter = 0
  return {
    redis,
    keys,
    reserve: (jobId: string, tenant: string, priority: Priority, lifetimeMs = 60_000, tenantShare = 1) =>
      admit({ provider, jobId, tenant, priority, limits, lifetimeMs, tenantShare }),
    async enqueue(jobId: string, priority: number): Promise<void> {
      counter += 1
      await redis.hset(keys.bull(provider, jobId), { priority, timestamp: 1 })
      await redis.zadd(prioritized, priority * 2 ** 32 + counter, jobId)
    },
    async start(): Promise<string | undefined> {
      const [jobId] = await redis.zpopmin(prioritized)
      if (jobId !== undefined) await redis.lpush(active, jobId)
      return jobId
    },
    async finish(jobId: string): Promise<void> {
      await redis.lrem(active, 1, jobId)
      await redis.del(keys.bull(provider, jobId))
      await redis.zrem(keys.admitted(provider), jobId)
    },
    withdraw: (jobId: string, tenant: string) =>
      withdrawals.withdraw({ provider, requestId: jobId, jobId, tenant }),
    async clear(): Promise<void> {
      const names = await redis.keys(`${store.keyPrefix}:*`)
      if (names.length > 0) await redis.del(...names)
    },
  }
}

type Job = { readonly id: string; readonly tenant: string; readonly lane: Priority; readonly tag: number }

/** The same queue as the pure functions see it. */
function createModel() {
  const known = new Map<Priority, number>()
  const last = new Map<string, number>()
  const waiting: Job[] = []
  const active: Job[] = []
  return {
    waiting,
    active,
    tagOf(tenant: string, lane: Priority): number {
      if (waiting.length === 0 && active.length < limits.concurrency) {
        known.clear()
        last.clear()
        return firstTag
      }
      const heads = waiting.filter((job) => job.lane === lane).map(({ tag }) => tag)
      const started = lastStarted({
        known: known.get(lane) ?? 0,
        newest: active.find((job) => job.lane === lane)?.tag,
        head: heads.length === 0 ? undefined : Math.min(...heads),
        blind: active.length > 0,
      })
      known.set(lane, started)
      const tag = nextTag(started, last.get(`${lane} ${tenant}`))
      last.set(`${lane} ${tenant}`, tag)
      return tag
    },
    start(): Job | undefined {
      const next = waiting.toSorted((a, b) => bullPriority(a.lane, a.tag) - bullPriority(b.lane, b.tag))[0]
      if (next === undefined) return undefined
      waiting.splice(waiting.indexOf(next), 1)
      active.unshift(next)
      return next
    },
    withdraw(job: Job): void {
      waiting.splice(waiting.indexOf(job), 1)
      const key = `${job.lane} ${job.tenant}`
      const tag = last.get(key)
      if (tag !== undefined) last.set(key, tag - 1)
    },
  }
}

type Step =
  | { readonly type: 'admit'; readonly tenant: string; readonly lane: Priority }
  | { readonly type: 'start' }
  | { readonly type: 'finish' | 'withdraw'; readonly which: number }

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      type: fc.constant('admit' as const),
      tenant: fc.constantFrom('a', 'b', 'c'),
      lane: fc.constantFrom(...priorities),
    }),
  },
  { weight: 3, arbitrary: fc.constant({ type: 'start' as const }) },
  { weight: 3, arbitrary: fc.record({ type: fc.constantFrom('finish', 'withdraw'), which: fc.nat() }) },
)

type Queue = Awaited<ReturnType<typeof openQueue>>

/** Does the same to both, and compares what they say. */
async function doBoth(queue: Queue, model: ReturnType<typeof createModel>, one: Step, id: string) {
  if (one.type === 'admit') {
    const { priority } = await queue.reserve(id, one.tenant, one.lane)
    const tag = model.tagOf(one.tenant, one.lane)
    assert.equal(priority, bullPriority(one.lane, tag))
    await queue.enqueue(id, priority)
    model.waiting.push({ ...one, id, tag })
  } else if (one.type === 'start') {
    if (model.active.length < limits.concurrency) assert.equal(await queue.start(), model.start()?.id)
  } else {
    const jobs = one.type === 'finish' ? model.active : model.waiting
    const job = jobs[one.which % Math.max(jobs.length, 1)]
    if (job === undefined) return
    if (one.type === 'withdraw') {
      assert.equal(await queue.withdraw(job.id, job.tenant), 'queued')
      return model.withdraw(job)
    }
    await queue.finish(job.id)
    jobs.splice(jobs.indexOf(job), 1)
  }
}

test('the script gives the turns that the pure functions give, whatever happens', async (context) => {
  const queue = await openQueue(context)
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
      await queue.clear()
      const model = createModel()
      for (const [index, one] of steps.entries()) await doBoth(queue, model, one, `job-${index}`)
    }),
    { numRuns: 100 },
  )
})

test('a queue with free slots writes no turns', async (context) => {
  const { reserve, redis, keys } = await openQueue(context)
  for (const id of ['1-0', '2-0', '3-0']) {
    assert.equal((await reserve(id, 'a', 'normal')).priority, bullPriority('normal', firstTag))
  }
  assert.equal(await redis.exists(keys.tags(provider)), 0)
  await reserve('4-0', 'a', 'normal')
  assert.ok((await redis.pttl(keys.tags(provider))) > 0)
})

test('turns are remembered for no more tenants than wait', async (context) => {
  const { reserve, redis, keys, enqueue, start, finish } = await openQueue(context)
  let running: string | undefined
  for (let index = 0; index < 400; index += 1) {
    const id = `job-${index}`
    await enqueue(id, (await reserve(id, `tenant-${index}`, 'normal')).priority)
    if (index < 10) continue
    const ended = running
    running = await start()
    if (ended !== undefined) await finish(ended)
  }
  assert.ok((await redis.hlen(keys.tags(provider))) <= 100)
})

test('a share that nobody gave back is free when it expires, to the last one', async (context) => {
  const { reserve, redis, keys } = await openQueue(context)
  const share = 2 / 203
  await reserve('1-0', 'a', 'normal', 80, share)
  await reserve('2-0', 'a', 'normal', 60_000, share)
  // Again is not one more.
  await reserve('2-0', 'a', 'normal', 60_000, share)
  await assert.rejects(reserve('3-0', 'a', 'normal', 60_000, share), isError('queue-full', 'tenant_share'))
  await reserve('4-0', 'b', 'normal', 60_000, share)
  await until(() =>
    reserve('3-0', 'a', 'normal', 60_000, share).then(
      () => true,
      () => false,
    ),
  )
  await assert.rejects(reserve('5-0', 'a', 'normal', 60_000, share), isError('queue-full', 'tenant_share'))
  assert.equal(await redis.zcard(keys.tenant(provider, 'a')), 2)
})
