import assert from 'node:assert/strict'
import { test } from 'node:test'
import { GatewayError } from '#contract'
import { sharedRedisUrl, startRedis, until } from '#testing'
import type { Delivery, Outcome } from '../broker.ts'
import {
  errorOf,
  framesOf,
  suiteLimits as limits,
  openGate,
  provider,
  submission,
  textOf,
} from '../helpers.suite.ts'
import { openSides } from '../redis-ends.suite.ts'
import { createUploadSource, digest } from '../uploads.suite.ts'

const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms))

test('subscriptions that are cut again and again lose nothing of an upload', async (context) => {
  const { sides } = await openSides(context, await sharedRedisUrl(), 2)
  const [api, worker] = sides
  assert.ok(api && worker)
  await worker.broker.consume({ provider, limits, process: digest })
  const uploads = Array.from({ length: 4 }, () =>
    createUploadSource({ pieces: 100, pieceBytes: 10_007, gate: () => pause(5) }),
  )
  const texts = Promise.all(
    uploads.map(async ({ source }) =>
      textOf(await api.broker.submit(submission({ upload: source, timeoutMs: 60_000 }))),
    ),
  )
  let cuts = 0
  const cutting = setInterval(() => {
    for (const side of [api, worker]) {
      const subscriber = side.store.connections.subscriber('')
      if (subscriber.status !== 'ready') continue
      cuts += 1
      subscriber.stream?.destroy()
    }
  }, 100)
  const read = await texts
  clearInterval(cutting)
  assert.deepEqual(
    read,
    uploads.map((upload) => `${100 * 10_007} ${upload.sha256()}`),
  )
  assert.ok(cuts >= 4, `only ${cuts} cuts`)
})

test('Redis away in the middle of an upload: it goes on when it is back', async (context) => {
  const redis = await startRedis({ appendOnly: true })
  const { sides } = await openSides(context, redis.url, 2)
  context.after(() => redis.close())
  const [api, worker] = sides
  assert.ok(api && worker)
  await worker.broker.consume({ provider, limits, process: digest })
  const away = openGate()
  const back = openGate()
  const upload = createUploadSource({
    pieces: 100,
    pieceBytes: 50_000,
    gate: (index) => {
      if (index !== 50) return
      away.open()
      return back.passed
    },
  })
  const text = textOf(await api.broker.submit(submission({ upload: upload.source, timeoutMs: 60_000 })))
  await away.passed
  await redis.stop()
  await until(() => !api.broker.ready())
  back.open()
  await redis.start()
  assert.equal(await text, `${100 * 50_000} ${upload.sha256()}`)
})

test('a worker that dies with an upload: nobody reads it again, and its caller is told', async (context) => {
  const { sides } = await openSides(context, await sharedRedisUrl(), 3)
  const [api, doomed, heir] = sides
  assert.ok(api && doomed && heir)
  const begun = openGate()
  let inherited = 0
  await doomed.broker.consume({
    provider,
    limits,
    process: async (delivery: Delivery): Promise<Outcome> => {
      await delivery.upload?.[Symbol.asyncIterator]().next()
      begun.open()
      return new Promise(() => {})
    },
  })
  const upload = createUploadSource({ pieces: 1_000, pieceBytes: 10_000 })
  // Even where the operator allows a second run.
  const retrySafe = { header: { retrySafe: true }, upload: upload.source, timeoutMs: 60_000 }
  const lost = framesOf(await api.broker.submit(submission(retrySafe)))
  await begun.passed
  await heir.broker.consume({
    provider,
    limits,
    process: (delivery) => {
      inherited += 1
      return digest(delivery)
    },
  })
  await doomed.store.close()
  const frames = await lost
  assert.equal(errorOf(frames)?.code, 'upstream_outcome_unknown')
  assert.equal(errorOf(frames)?.status, 502)
  await upload.released
  assert.equal(inherited, 0)
  assert.ok(upload.readBytes < 1_000_000, `${upload.readBytes} bytes were read for nobody`)
})

test('a worker that asks for an upload which is over is told at once', async (context) => {
  const { sides } = await openSides(context, await sharedRedisUrl(), 2)
  const [api, worker] = sides
  assert.ok(api && worker)
  const taken = openGate()
  const over = openGate()
  const told = openGate<GatewayError>()
  await worker.broker.consume({
    provider,
    limits,
    process: async (delivery) => {
      taken.open()
      await over.passed
      // As if the cancel had been lost: the job goes on and reads.
      const error = await digest({ ...delivery }).then(() => undefined, GatewayError.from)
      told.open(error ?? GatewayError.from(undefined))
      delivery.reply.fail({ error: GatewayError.from(error).toData(), attempts: [] })
      return { type: 'done' }
    },
  })
  const upload = createUploadSource({ pieces: 1, pieceBytes: 1 })
  const reply = await api.broker.submit(submission({ upload: upload.source }))
  await taken.passed
  reply.cancel()
  await upload.released
  over.open()
  assert.equal((await told.passed).code, 'client_gone')
})

test('many uploads whose worker is slow do not flood its channel when it comes back', async (context) => {
  const redis = await startRedis({ args: ['--client-output-buffer-limit', 'pubsub', '4mb', '2mb', '10'] })
  const { sides } = await openSides(context, redis.url, 2)
  context.after(() => redis.close())
  const [api, worker] = sides
  assert.ok(api && worker)
  const many = { concurrency: 40, bufferSize: 40 }
  const begun = openGate()
  const goOn = openGate()
  let taken = 0
  await worker.broker.consume({
    provider,
    limits: many,
    process: async (delivery) => {
      const reader = delivery.upload?.[Symbol.asyncIterator]()
      const first = await reader?.next()
      taken += 1
      if (taken === 30) begun.open()
      await goOn.passed
      async function* rest() {
        if (first?.done === false) yield first.value
        for (let step = await reader?.next(); step?.done === false; step = await reader?.next())
          yield step.value
      }
      return digest({ ...delivery, upload: rest() })
    },
  })
  const uploads = Array.from({ length: 30 }, () => createUploadSource({ pieces: 16, pieceBytes: 64 * 1024 }))
  const texts = Promise.all(
    uploads.map(async ({ source }) =>
      textOf(await api.broker.submit(submission({ upload: source, limits: many, timeoutMs: 60_000 }))),
    ),
  )
  await begun.passed
  worker.store.connections.subscriber('').stream?.destroy()
  goOn.open()
  assert.deepEqual(
    await texts,
    uploads.map((upload) => `${16 * 64 * 1024} ${upload.sha256()}`),
  )
})
