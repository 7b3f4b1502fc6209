import assert from 'node:assert/strict'
import { test } from 'node:test'
import { GatewayError } from '#contract'
import { sharedRedisUrl, startRedis, until } from '#testing'
import type { Delivery, Outcome } from '../broker.ts'
import {
  aborted,
  answer,
  chunkText,
  errorOf,
  framesOf,
  suiteLimits as limits,
  openGate,
  provider,
  submission,
  textOf,
  writeHead,
} from '../helpers.suite.ts'
import { openSides } from '../redis-ends.suite.ts'
import { createKeys } from './keys.ts'

test('subscriptions that are cut again and again lose nothing', async (context) => {
  const url = await sharedRedisUrl()
  const { sides } = await openSides(context, url, 2)
  const [api, worker] = sides
  assert.ok(api && worker)
  const count = 300
  const process = async (delivery: Delivery): Promise<Outcome> => {
    writeHead(delivery)
    for (let index = 0; index < count; index += 1) {
      delivery.reply.chunk(Buffer.from(`${index} `))
      await new Promise((resolve) => setTimeout(resolve, 2))
    }
    delivery.reply.end({ attempts: [], warnings: [] })
    return { type: 'done' }
  }
  await worker.broker.consume({ provider, limits: { concurrency: 20, bufferSize: 20 }, process })
  const replies = await Promise.all(
    Array.from({ length: 10 }, () => api.broker.submit(submission({ stream: true }))),
  )
  const admin = api.store.connections.producer('')
  const subscribers = [api, worker].map((side) => side.store.connections.subscriber(''))
  let cuts = 0
  const cutting = setInterval(() => {
    for (const subscriber of subscribers) {
      if (subscriber.status !== 'ready') continue
      cuts += 1
      subscriber.stream?.destroy()
    }
  }, 100)
  const expected = Array.from({ length: count }, (_, index) => `${index} `).join('')
  for (const frames of await Promise.all(replies.map(framesOf))) {
    assert.equal(chunkText(frames), expected)
    assert.equal(frames.at(-1)?.type, 'end')
  }
  clearInterval(cutting)
  assert.ok(cuts >= 4, `only ${cuts} cuts`)
  assert.equal(admin.status, 'ready')
})

test('a dead worker: its job is not run again, its caller is told, its slot is free again', async (context) => {
  const url = await sharedRedisUrl()
  const { sides } = await openSides(context, url, 3)
  const [api, doomed, heir] = sides
  assert.ok(api && doomed && heir)
  const one = { concurrency: 1, bufferSize: 10 }
  const runs: string[] = []
  const taken = openGate()
  await doomed.broker.consume({
    provider,
    limits: one,
    process: (delivery) => {
      runs.push(`doomed ${Buffer.from(delivery.body)}`)
      taken.open()
      return new Promise(() => {})
    },
  })
  const lost = framesOf(await api.broker.submit(submission({ body: 'lost', timeoutMs: 60_000, limits: one })))
  await taken.passed
  await heir.broker.consume({
    provider,
    limits: one,
    process: (delivery) => {
      runs.push(`heir ${Buffer.from(delivery.body)}`)
      return answer(delivery)
    },
  })
  const next = await api.broker.submit(submission({ body: 'next', timeoutMs: 60_000, limits: one }))
  // As a killed process: every connection is gone and nothing is renewed or said any more.
  await doomed.store.close()
  const frames = await lost
  assert.equal(errorOf(frames)?.code, 'upstream_outcome_unknown')
  assert.equal(frames.length, 1)
  assert.equal(await textOf(next), 'echo next')
  assert.deepEqual(runs, ['doomed lost', 'heir next'])
  await until(async () => (await api.broker.depths([provider]))[0]?.admitted === 0)
})

test('a worker that lives is never swept, however long its job runs', async (context) => {
  const url = await sharedRedisUrl()
  const { sides } = await openSides(context, url, 3)
  const [api, worker, other] = sides
  assert.ok(api && worker && other)
  const process = async (delivery: Delivery): Promise<Outcome> => {
    assert.equal(delivery.run, 0)
    await new Promise((resolve) => setTimeout(resolve, 7_500))
    return answer(delivery)
  }
  await worker.broker.consume({ provider, limits, process })
  await other.broker.consume({ provider, limits, process })
  const replies = await Promise.all(
    [1, 2, 3, 4].map(() => api.broker.submit(submission({ timeoutMs: 60_000 }))),
  )
  assert.deepEqual(await Promise.all(replies.map(textOf)), Array(4).fill('echo {}'))
})

test('Redis away: submissions are refused, and taken again when it is back; jobs in hand keep their answers', async (context) => {
  const redis = await startRedis({ appendOnly: true })
  const { sides } = await openSides(context, redis.url, 2)
  context.after(() => redis.close())
  const [api, worker] = sides
  assert.ok(api && worker)
  const taken = openGate()
  const finish = openGate()
  await worker.broker.consume({
    provider,
    limits,
    process: async (delivery) => {
      if (Buffer.from(delivery.body).toString() === 'in hand') {
        taken.open()
        await finish.passed
      }
      return answer(delivery)
    },
  })
  const inHand = textOf(await api.broker.submit(submission({ body: 'in hand', timeoutMs: 60_000 })))
  await taken.passed
  await redis.stop()
  await until(() => !api.broker.ready())
  await assert.rejects(
    api.broker.submit(submission({})),
    (error) => GatewayError.is(error) && error.status === 503,
  )
  finish.open(undefined)
  await redis.start()
  assert.equal(await inHand, 'echo in hand')
  await until(() => api.broker.ready())
  assert.equal(await textOf(await api.broker.submit(submission({ body: 'back' }))), 'echo back')
  await until(async () => (await api.broker.depths([provider]))[0]?.admitted === 0)
})

test('Redis frozen: a submission that timed out never runs after the thaw', async (context) => {
  const redis = await startRedis()
  const { sides } = await openSides(context, redis.url, 2)
  context.after(() => redis.close())
  const [api, worker] = sides
  assert.ok(api && worker)
  const ran: string[] = []
  await worker.broker.consume({
    provider,
    limits,
    process: (delivery) => {
      ran.push(Buffer.from(delivery.body).toString())
      return answer(delivery)
    },
  })
  assert.equal(await textOf(await api.broker.submit(submission({ body: 'before' }))), 'echo before')
  await redis.freeze()
  const ghosts = await Promise.allSettled(
    [1, 2, 3].map(() => api.broker.submit(submission({ body: 'ghost' }))),
  )
  for (const ghost of ghosts)
    assert.equal(ghost.status === 'rejected' && GatewayError.from(ghost.reason).status, 503)
  await redis.thaw()
  await until(async () => (await api.broker.depths([provider]))[0]?.admitted === 0)
  assert.equal(await textOf(await api.broker.submit(submission({ body: 'after' }))), 'echo after')
  assert.deepEqual(ran, ['before', 'after'])
})

test('concurrency holds over two workers and is written where it differs', async (context) => {
  const url = await sharedRedisUrl()
  const { sides, prefix } = await openSides(context, url, 3)
  const [api, first, second] = sides
  assert.ok(api && first && second)
  let now = 0
  let most = 0
  const process = async (delivery: Delivery): Promise<Outcome> => {
    now += 1
    most = Math.max(most, now)
    await new Promise((resolve) => setTimeout(resolve, 10))
    now -= 1
    return answer(delivery)
  }
  const three = { concurrency: 3, bufferSize: 100 }
  await first.broker.consume({ provider, limits: three, process })
  await second.broker.consume({ provider, limits: three, process })
  const replies = await Promise.all(
    Array.from({ length: 60 }, () => api.broker.submit(submission({ limits: three }))),
  )
  await Promise.all(replies.map(textOf))
  assert.equal(most, 3)
  const keys = createKeys(prefix)
  const redis = api.store.connections.producer('')
  assert.equal(await redis.hget(keys.bull(provider, 'meta'), 'concurrency'), '3')
  assert.deepEqual(await redis.hgetall(keys.limits(provider)), { concurrency: '3', bufferSize: '100' })
})

test('a lost lock stops the job and its caller is told', async (context) => {
  const url = await sharedRedisUrl()
  const { sides, prefix } = await openSides(context, url, 2)
  const [api, worker] = sides
  assert.ok(api && worker)
  const process = async (delivery: Delivery): Promise<Outcome> => {
    const keys = createKeys(prefix)
    await api.store.connections.producer('').del(keys.bull(provider, `${delivery.header.requestId}-0:lock`))
    await aborted(delivery.signal)
    delivery.reply.fail({ error: GatewayError.from(delivery.signal.reason).toData(), attempts: [] })
    return { type: 'done' }
  }
  await worker.broker.consume({ provider, limits, process })
  const frames = await framesOf(await api.broker.submit(submission({ timeoutMs: 60_000 })))
  assert.equal(errorOf(frames)?.status, 502)
})

test('nothing is left behind in Redis but settings and leases', async (context) => {
  const url = await sharedRedisUrl()
  const { sides, prefix } = await openSides(context, url, 2)
  const [api, worker] = sides
  assert.ok(api && worker)
  await worker.broker.consume({ provider, limits, process: answer })
  const large = 'x'.repeat(100_000)
  for (const body of ['small', large]) {
    assert.equal((await textOf(await api.broker.submit(submission({ body })))).length, body.length + 5)
  }
  const redis = api.store.connections.producer('')
  const keysOf = async () => (await redis.keys(`${prefix}*`)).map((key) => key.replace(prefix, '')).sort()
  await until(async () => (await keysOf()).every((key) => !key.includes('-0') && !key.includes('admitted')))
  const left = await keysOf()
  const allowed = /:(meta|pc|marker|stalled-check|stalled|events|id|limits|leases|leases-since)$/
  assert.deepEqual(
    left.filter((key) => !allowed.test(key)),
    [],
  )
})

test('a job that Redis handed over in a reply that never came runs again, once', async (context) => {
  const url = await sharedRedisUrl()
  const { sides, prefix } = await openSides(context, url, 2)
  const [api, worker] = sides
  assert.ok(api && worker)
  const keys = createKeys(prefix)
  const redis = api.store.connections.producer('')
  const runs: string[] = []
  const process = (delivery: Delivery): Promise<Outcome> => {
    runs.push(Buffer.from(delivery.body).toString())
    return answer(delivery)
  }
  await worker.broker.consume({ provider, limits, process })
  assert.equal(await textOf(await api.broker.submit(submission({ body: 'first' }))), 'echo first')
  const [name] = await redis.zrange(`${prefix}:{${provider}}:leases`, 0, -1)
  assert.ok(name)
  // As if moveToActive had been answered into a connection that was lost: active, locked, in the worker's name.
  const consumer = worker.store.connections.consumer(provider)
  await redis.hset(keys.bull(provider, 'meta'), 'paused', '1')
  const reply = await api.broker.submit(submission({ body: 'orphan', timeoutMs: 60_000 }))
  const waiting = await redis.zrange(keys.bull(provider, 'prioritized'), 0, -1)
  const [jobId] = waiting
  assert.ok(jobId)
  await redis
    .multi()
    .zrem(keys.bull(provider, 'prioritized'), jobId)
    .lpush(keys.bull(provider, 'active'), jobId)
    .hset(keys.bull(provider, jobId), 'pb', name)
    .set(keys.bull(provider, `${jobId}:lock`), 'token', 'PX', 60_000)
    .hdel(keys.bull(provider, 'meta'), 'paused')
    .exec()
  consumer.stream?.destroy()
  assert.equal(await textOf(reply), 'echo orphan')
  assert.deepEqual(runs, ['first', 'orphan'])
})

test('messages that are not ours are left out', async (context) => {
  const url = await sharedRedisUrl()
  const { sides, prefix } = await openSides(context, url, 2)
  const [api, worker] = sides
  assert.ok(api && worker)
  await worker.broker.consume({ provider, limits, process: answer })
  assert.equal(await textOf(await api.broker.submit(submission({ body: 'before' }))), 'echo before')
  const redis = api.store.connections.producer('')
  const channels = (await redis.pubsub('CHANNELS', `${prefix}:*`)) as string[]
  assert.ok(channels.length >= 3)
  for (const channel of channels) {
    for (const message of [
      '',
      'hello',
      '{"type":"later"}',
      Buffer.from([1, 0xff, 0xff, 0xff, 0xff]),
      Buffer.from([2]),
    ]) {
      await redis.publish(channel, message)
    }
  }
  assert.equal(await textOf(await api.broker.submit(submission({ body: 'after' }))), 'echo after')
})

test('a pod whose first request met a frozen Redis works after the thaw', async (context) => {
  const redis = await startRedis()
  const { sides } = await openSides(context, redis.url, 2)
  context.after(() => redis.close())
  const [api, worker] = sides
  assert.ok(api && worker)
  await worker.broker.consume({ provider, limits, process: answer })
  await redis.freeze()
  // Longer than the command timeout, so that what was begun at the first use has failed for good.
  const end = performance.now() + 6_000
  while (performance.now() < end) await assert.rejects(api.broker.submit(submission({})))
  await redis.thaw()
  const reply = await until(() => api.broker.submit(submission({ body: 'thawed' })))
  assert.equal(await textOf(reply), 'echo thawed')
  await until(async () => (await api.broker.depths([provider]))[0]?.admitted === 0)
})

test('many slow readers do not flood the channel when it comes back', async (context) => {
  const redis = await startRedis({ args: ['--client-output-buffer-limit', 'pubsub', '4mb', '2mb', '10'] })
  const { sides } = await openSides(context, redis.url, 2)
  context.after(() => redis.close())
  const [api, worker] = sides
  assert.ok(api && worker)
  const many = { concurrency: 40, bufferSize: 40 }
  const piece = Buffer.alloc(64 * 1024, 'x')
  const pieces = 16
  const process = async (delivery: Delivery): Promise<Outcome> => {
    writeHead(delivery)
    for (let index = 0; index < pieces; index += 1) {
      await delivery.reply.writable()
      delivery.reply.chunk(piece)
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
    delivery.reply.end({ attempts: [], warnings: [] })
    return { type: 'done' }
  }
  await worker.broker.consume({ provider, limits: many, process })
  const replies = await Promise.all(
    Array.from({ length: 30 }, () =>
      api.broker.submit(submission({ stream: true, limits: many, timeoutMs: 60_000 })),
    ),
  )
  // Nobody reads yet: everything written stays unacknowledged, more than the channel may hold at once.
  await until(async () => (await api.broker.depths([provider]))[0]?.active === 0)
  api.store.connections.subscriber('').stream?.destroy()
  for (const frames of await Promise.all(replies.map(framesOf))) {
    assert.equal(chunkText(frames).length, piece.length * pieces)
    assert.equal(frames.at(-1)?.type, 'end')
  }
})

test('settings come back to a Redis that lost its data', async (context) => {
  const redis = await startRedis()
  const { sides, prefix } = await openSides(context, redis.url, 2)
  context.after(() => redis.close())
  const [api, worker] = sides
  assert.ok(api && worker)
  await worker.broker.consume({ provider, limits, process: answer })
  assert.equal(await textOf(await api.broker.submit(submission({ body: 'before' }))), 'echo before')
  await redis.kill()
  await redis.start()
  const meta = createKeys(prefix).bull(provider, 'meta')
  await until(async () => (await redis.command('HGET', meta, 'concurrency')).includes('4'))
  assert.match(await redis.command('HGET', meta, 'opts.maxLenEvents'), /0/)
  const reply = await until(() => api.broker.submit(submission({ body: 'after' })))
  assert.equal(await textOf(reply), 'echo after')
})

test('a worker that drains under load fails nothing, and another goes on with its slots', async (context) => {
  const { sides } = await openSides(context, await sharedRedisUrl(), 3)
  const [api, leaving, staying] = sides
  assert.ok(api && leaving && staying)
  const two = { concurrency: 2, bufferSize: 200 }
  const process = async (delivery: Delivery): Promise<Outcome> => {
    await new Promise((resolve) => setTimeout(resolve, 5))
    return answer(delivery)
  }
  await leaving.broker.consume({ provider, limits: two, process })
  await staying.broker.consume({ provider, limits: two, process })
  const replies = await Promise.all(
    Array.from({ length: 120 }, () => api.broker.submit(submission({ limits: two, timeoutMs: 30_000 }))),
  )
  const texts = replies.map(textOf)
  await texts[10]
  await leaving.broker.drain(10_000)
  assert.deepEqual(await Promise.all(texts), Array(120).fill('echo {}'))
})
