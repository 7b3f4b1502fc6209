import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Frame } from '#contract'
import { sharedRedisUrl, startRedis, until } from '#testing'
import type { Delivery, Hop, Outcome } from '../broker.ts'
import {
  answer,
  chunkText,
  framesOf,
  suiteLimits as limits,
  openGate,
  submission,
  textOf,
} from '../helpers.suite.ts'
import { openSides } from '../redis-ends.suite.ts'
import { createKeys } from './keys.ts'

const plan = [
  { provider: 'first', model: 'm1', native: true },
  { provider: 'second', model: 'm2', native: true },
]
const next: Hop = { hop: 1, limits, journey: { attempts: [], calls: 1 } }
const travelling = (body: string) => submission({ body, timeoutMs: 60_000, header: { plan } })
const types = (frames: readonly Frame[]) => frames.map(({ type }) => type)

for (const [title, tells] of [
  ['before it could say so', false],
  ['after it had said so', true],
] as const) {
  test(`a worker that dies once a request has gone on, ${title}: one answer, one call`, async (context) => {
    const { sides } = await openSides(context, await sharedRedisUrl(), 3)
    const [api, doomed, heir] = sides
    assert.ok(api && doomed && heir)
    const ran: string[] = []
    const gone = openGate()
    await doomed.broker.consume({
      provider: 'first',
      limits,
      process: async (delivery) => {
        ran.push('doomed')
        await delivery.hop(next)
        if (tells) await new Promise((resolve) => setTimeout(resolve, 200))
        // As a killed process: nothing that is still unsent goes out, and the job is never given back.
        doomed.store.connections.consumer('').disconnect()
        void doomed.store.close()
        gone.open()
        return new Promise(() => {})
      },
    })
    const answered = framesOf(await api.broker.submit(travelling('once')))
    await gone.passed
    const process = (delivery: Delivery): Promise<Outcome> => {
      ran.push(`heir ${delivery.target.provider}`)
      return answer(delivery)
    }
    await heir.broker.consume({ provider: 'first', limits, process })
    // Its old job is taken from the dead worker while the new one still waits.
    await until(async () => (await api.broker.depths(['first']))[0]?.active === 0)
    await heir.broker.consume({ provider: 'second', limits, process })
    const frames = await answered
    assert.deepEqual(types(frames), ['hop', 'head', 'chunk', 'end'])
    assert.equal(chunkText(frames), 'echo once')
    assert.deepEqual(ran, ['doomed', 'heir second'])
    await until(async () => {
      const depths = await api.broker.depths(['first', 'second'])
      return depths.every(({ admitted }) => admitted === 0)
    })
  })
}

test('Redis frozen during a hop: it is refused as unavailable, and what was sent never runs', async (context) => {
  const redis = await startRedis()
  const { sides } = await openSides(context, redis.url, 2)
  context.after(() => redis.close())
  const [api, worker] = sides
  assert.ok(api && worker)
  const ran: string[] = []
  const refused = openGate<number | undefined>()
  await worker.broker.consume({
    provider: 'first',
    limits,
    process: async (delivery) => {
      await redis.freeze()
      const error: unknown = await delivery.hop(next).catch((reason: unknown) => reason)
      refused.open((error as { readonly status?: number }).status)
      await redis.thaw()
      return answer(delivery)
    },
  })
  const reply = textOf(await api.broker.submit(travelling('stays')))
  assert.equal(await refused.passed, 503)
  assert.equal(await reply, 'echo stays')
  await until(async () => (await api.broker.depths(['second']))[0]?.admitted === 0)
  await worker.broker.consume({
    provider: 'second',
    limits,
    process: (delivery) => {
      ran.push(Buffer.from(delivery.body).toString())
      return answer(delivery)
    },
  })
  const direct = submission({ body: 'direct', header: { plan: plan.slice(1) } })
  assert.equal(await textOf(await api.broker.submit(direct)), 'echo direct')
  assert.deepEqual(ran, ['direct'])
})

test('hops and shares leave nothing behind in Redis', async (context) => {
  const { sides, prefix } = await openSides(context, await sharedRedisUrl(), 2)
  const [api, worker] = sides
  assert.ok(api && worker)
  const process = async (delivery: Delivery): Promise<Outcome> => {
    if (delivery.header.hop === 1) return answer(delivery)
    await delivery.hop({ ...next, tenantShare: 0.5 })
    return { type: 'done' }
  }
  for (const { provider } of plan) await worker.broker.consume({ provider, limits, process })
  const large = 'x'.repeat(100_000)
  const replies = await Promise.all(
    [large, large, 'small', 'small'].map((body) =>
      api.broker.submit({ ...travelling(body), tenantShare: 0.9 }),
    ),
  )
  await Promise.all(replies.map(textOf))
  const redis = api.store.connections.producer('')
  // Turns are forgotten with the next admission into an empty line, else after an hour.
  const allowed = /:(meta|pc|marker|stalled-check|stalled|events|id|limits|leases|leases-since|tags)$/
  const left = async () => (await redis.keys(`${prefix}*`)).filter((key) => !allowed.test(key))
  await until(async () => (await left()).length === 0)
  for (const tags of await redis.keys(`${prefix}*:tags`)) assert.notEqual(await redis.ttl(tags), -1, tags)
})

test('limits that were changed live outlast a lost connection and a Redis that lost its data', async (context) => {
  const redis = await startRedis()
  const { sides, prefix } = await openSides(context, redis.url, 2)
  context.after(() => redis.close())
  const [api, worker] = sides
  assert.ok(api && worker)
  await worker.broker.consume({ provider: 'first', limits, process: answer })
  const direct = () => submission({ body: 'x', header: { plan: plan.slice(0, 1) } })
  assert.equal(await textOf(await api.broker.submit(direct())), 'echo x')
  await api.broker.setLimits('first', { concurrency: 7, bufferSize: 11 })
  const keys = createKeys(prefix)
  const [meta, shared] = [keys.bull('first', 'meta'), keys.limits('first')]
  // The worker looks at them with each renewal of its lease, every second.
  await new Promise((resolve) => setTimeout(resolve, 1_500))
  worker.store.connections.consumer('').stream?.destroy()
  await until(async () => (await redis.command('HGET', meta, 'concurrency')).includes('7'))
  await redis.kill()
  await redis.start()
  await until(async () => (await redis.command('HGET', meta, 'concurrency')).includes('7'))
  await until(async () => (await redis.command('HGET', shared, 'bufferSize')).includes('11'))
})
