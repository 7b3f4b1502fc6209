import assert from 'node:assert/strict'
import { test } from 'node:test'
import { GatewayError } from '#contract'
import { createLogger } from '#observability'
import { channelTo } from '#testing'
import type { Broker, Delivery, Outcome, QueueLimits } from '../broker.ts'
import {
  answer,
  createEndlessWindows,
  errorOf,
  framesOf,
  openGate,
  provider,
  submission,
  textOf,
  until,
} from '../helpers.suite.ts'
import { createQueueOwner, createSharedBroker } from './index.ts'

const logger = createLogger({ level: 'silent' })

type Process = { readonly broker: Broker; die(): void }

/** As many processes with one owner; each answers by `process`. */
async function start(
  count: number,
  limits: QueueLimits,
  process: (delivery: Delivery, index: number) => Promise<Outcome>,
): Promise<readonly Process[]> {
  const owner = createQueueOwner({ windows: createEndlessWindows() })
  return Promise.all(
    Array.from({ length: count }, async (_, index) => {
      const { channel, close } = channelTo((end) => owner.attach(end))
      const broker = createSharedBroker({ logger, channel })
      await broker.consume({ provider, limits, process: (delivery) => process(delivery, index) })
      return { broker, die: close }
    }),
  )
}

const depthOf = async ({ broker }: Process) => (await broker.depths([provider]))[0]

test('concurrency and buffer hold over all processes, exactly', async () => {
  const limits = { concurrency: 3, bufferSize: 4 }
  const gate = openGate()
  let running = 0
  let most = 0
  const processes = await start(3, limits, async (delivery) => {
    running += 1
    most = Math.max(most, running)
    await gate.passed
    running -= 1
    return answer(delivery)
  })
  const asked = await Promise.allSettled(
    Array.from({ length: 21 }, (_, index) => processes[index % 3]?.broker.submit(submission({ limits }))),
  )
  const codes = asked.flatMap((one) =>
    one.status === 'rejected' ? [GatewayError.from(one.reason).code] : [],
  )
  assert.deepEqual(codes, Array(14).fill('queue_full'))
  const [first] = processes
  assert.ok(first)
  const { waiting, active, admitted, capacity } = (await depthOf(first)) ?? {}
  assert.deepEqual([waiting, active, admitted, capacity], [4, 3, 7, 7])
  gate.open()
  const replies = asked.flatMap((one) => (one.status === 'fulfilled' && one.value ? [one.value] : []))
  assert.deepEqual(await Promise.all(replies.map(textOf)), Array(7).fill('echo {}'))
  assert.equal(most, 3)
})

test('turns are over all processes: a backlog in one does not hold up a tenant of another', async () => {
  const limits = { concurrency: 1, bufferSize: 200 }
  const gate = openGate()
  const order: string[] = []
  const [first, second] = await start(2, limits, async (delivery) => {
    await gate.passed
    order.push(delivery.header.tenant)
    return answer(delivery)
  })
  const of = (tenant: string) => submission({ limits, header: { tenant } })
  const replies = await Promise.all(Array.from({ length: 50 }, () => first?.broker.submit(of('busy'))))
  replies.push(await second?.broker.submit(of('new')))
  gate.open()
  await Promise.all(replies.map((reply) => reply && textOf(reply)))
  assert.ok(order.indexOf('new') <= 3, order.join(' '))
})

test('a process that dies gives its places back, the others go on', async () => {
  const limits = { concurrency: 2, bufferSize: 2 }
  const held = openGate()
  const [dying, living] = await start(2, limits, async (delivery, index) => {
    if (index === 0) await held.passed
    return answer(delivery)
  })
  assert.ok(dying && living)
  for (let count = 0; count < 3; count += 1) await dying.broker.submit(submission({ limits }))
  const waiting = await living.broker.submit(submission({ limits, body: 'mine' }))
  await assert.rejects(living.broker.submit(submission({ limits })), /full/)
  dying.die()
  held.open()
  assert.equal(await textOf(waiting), 'echo mine')
  await until(async () => (await depthOf(living))?.admitted === 0)
  assert.equal(await textOf(await living.broker.submit(submission({ limits, body: 'again' }))), 'echo again')
})

test('without its owner a process ends what runs, and says so to what waits and what comes', async () => {
  const limits = { concurrency: 1, bufferSize: 2 }
  const gate = openGate()
  const [one] = await start(1, limits, async (delivery) => {
    await gate.passed
    return answer(delivery)
  })
  assert.ok(one)
  const runs = await one.broker.submit(submission({ limits, body: 'runs' }))
  const waits = await one.broker.submit(submission({ limits }))
  one.die()
  assert.equal(errorOf(await framesOf(waits))?.status, 503)
  await assert.rejects(one.broker.submit(submission({ limits })), { code: 'store_unavailable' })
  assert.equal(one.broker.ready(), false)
  gate.open()
  assert.equal(await textOf(runs), 'echo runs')
})

test('limits that one process sets hold for all', async () => {
  const limits = { concurrency: 1, bufferSize: 5 }
  const gate = openGate()
  let running = 0
  const [first, second] = await start(2, limits, async (delivery) => {
    running += 1
    await gate.passed
    return answer(delivery)
  })
  assert.ok(first && second)
  const replies = await Promise.all([1, 2, 3].map(() => second.broker.submit(submission({ limits }))))
  await until(async () => running === 1)
  await first.broker.setLimits(provider, { concurrency: 3, bufferSize: 0 })
  await until(async () => running === 3)
  await assert.rejects(second.broker.submit(submission({ limits })), { code: 'queue_full' })
  gate.open()
  await Promise.all(replies.map(textOf))
})

test('a process that takes no more jobs holds no slot', async () => {
  const limits = { concurrency: 1, bufferSize: 5 }
  const [draining, living] = await start(2, limits, answer)
  assert.ok(draining && living)
  await draining.broker.drain(0)
  const stuck = await draining.broker.submit(submission({ limits, timeoutMs: 200 }))
  assert.equal(await textOf(await living.broker.submit(submission({ limits, body: 'on' }))), 'echo on')
  assert.equal(errorOf(await framesOf(stuck))?.code, 'queue_timeout')
  await until(async () => (await depthOf(living))?.admitted === 0)
})
