import assert from 'node:assert/strict'
import { GatewayError, jobVersion } from '#contract'
import type { Delivery, Outcome, Reply } from './broker.ts'
import {
  aborted,
  answer,
  type Ends,
  errorOf,
  framesOf,
  isError,
  suiteLimits as limits,
  openGate,
  provider,
  scenarios,
  submission,
  textOf,
  until,
  writeHead,
} from './helpers.suite.ts'

/** What every broker must do about requests on their way in, whatever carries them. */
export function queueConformance(name: string, connect: () => Promise<Ends>): void {
  const scenario = scenarios(name, connect)

  scenario('an answer reaches the one who asked, whole and in order', async ({ api, worker }) => {
    await worker.consume({ provider, limits, process: answer })
    const bodies = ['one', 'two', 'three']
    const texts = await Promise.all(
      bodies.map(async (body) => textOf(await api.submit(submission({ body })))),
    )
    assert.deepEqual(texts, ['echo one', 'echo two', 'echo three'])
  })

  scenario('header and body arrive as they were sent, small and large', async ({ api, worker }) => {
    const seen: Delivery[] = []
    await worker.consume({
      provider,
      limits,
      process: (delivery) => {
        seen.push(delivery)
        return answer(delivery)
      },
    })
    const large = `{"text":"${'ä'.repeat(20_000)}"}`
    const sent = submission({ body: large, header: { forwardHeaders: { 'openai-beta': 'x' } } })
    assert.equal(await textOf(await api.submit(sent)), `echo ${large}`)
    assert.equal(await textOf(await api.submit(submission({ body: '{"a":1.0}' }))), 'echo {"a":1.0}')
    const { version, admittedAtMs, deadlineMs, replyTo, ...header } = seen[0]?.header ?? {}
    assert.deepEqual(header, sent.header)
    assert.equal(version, jobVersion)
    assert.equal(typeof replyTo, 'string')
    assert.equal(Number(deadlineMs) - Number(admittedAtMs), sent.timeoutMs)
  })

  scenario(
    'admission: room is concurrency + buffer, then 429, and an end makes room',
    async ({ api, worker }) => {
      const gate = openGate()
      const consumed = { concurrency: 1, bufferSize: 2 }
      await worker.consume({
        provider,
        limits: consumed,
        process: async (delivery) => {
          await gate.passed
          return answer(delivery)
        },
      })
      const replies = await Promise.all([1, 2, 3].map(() => api.submit(submission({ limits: consumed }))))
      await assert.rejects(api.submit(submission({ limits: consumed })), isError('queue-full', 'queue_full'))
      const [depth] = await api.depths([provider])
      assert.equal(depth?.admitted, 3)
      gate.open()
      await Promise.all(replies.map(textOf))
      await until(async () => (await api.depths([provider]))[0]?.admitted === 0)
      assert.equal(
        await textOf(await api.submit(submission({ limits: consumed, body: 'again' }))),
        'echo again',
      )
    },
  )

  scenario(
    'order: first in first out within a priority, high before normal before low',
    async ({ api, worker }) => {
      const order: string[] = []
      const one = { concurrency: 1, bufferSize: 50 }
      const replies: Reply[] = []
      for (const [index, priority] of (
        ['low', 'normal', 'high', 'low', 'normal', 'high'] as const
      ).entries()) {
        replies.push(
          await api.submit(submission({ body: `${priority}${index}`, limits: one, header: { priority } })),
        )
      }
      await worker.consume({
        provider,
        limits: one,
        process: (delivery) => {
          order.push(Buffer.from(delivery.body).toString())
          return answer(delivery)
        },
      })
      await Promise.all(replies.map(textOf))
      assert.deepEqual(order, ['high2', 'high5', 'normal1', 'normal4', 'low0', 'low3'])
    },
  )

  scenario('concurrency: never more than its cap at once, and the cap is used', async ({ api, worker }) => {
    let now = 0
    let most = 0
    const full = openGate()
    await worker.consume({
      provider,
      limits,
      process: async (delivery) => {
        now += 1
        most = Math.max(most, now)
        if (now === limits.concurrency) full.open()
        await full.passed
        await new Promise((resolve) => setImmediate(resolve))
        now -= 1
        return answer(delivery)
      },
    })
    const replies = await Promise.all(Array.from({ length: 12 }, () => api.submit(submission({}))))
    await Promise.all(replies.map(textOf))
    assert.equal(most, limits.concurrency)
  })

  scenario(
    'delay: a submission waits its time, a delayed job frees its slot and keeps its state',
    async (ends) => {
      const { api, worker } = ends
      const one = { concurrency: 1, bufferSize: 5 }
      const events: string[] = []
      const process = async (delivery: Delivery): Promise<Outcome> => {
        const body = Buffer.from(delivery.body).toString()
        events.push(`${body} ${JSON.stringify(delivery.retryState ?? null)}`)
        if (body !== 'first' || delivery.retryState !== undefined) return answer(delivery)
        return { type: 'delayed', delayMs: 150, retryState: { attempt: 1 } }
      }
      await worker.consume({ provider, limits: one, process })
      const first = await api.submit(submission({ body: 'first', limits: one }))
      await until(async () => events.length === 1)
      const second = await api.submit(submission({ body: 'second', limits: one }))
      assert.equal(await textOf(second), 'echo second')
      assert.equal(await textOf(first), 'echo first')
      assert.deepEqual(events, ['first null', 'second null', 'first {"attempt":1}'])
      const later = api.submit(submission({ body: 'later', limits: one, delayMs: 50 }))
      assert.equal(await textOf(await later), 'echo later')
    },
  )

  scenario('cancellation: a waiting job never runs and gives its place back', async ({ api, worker }) => {
    const reply = await api.submit(submission({ body: 'never' }))
    reply.cancel()
    await until(async () => (await api.depths([provider]))[0]?.admitted === 0)
    const bodies: string[] = []
    await worker.consume({
      provider,
      limits,
      process: (delivery) => {
        bodies.push(Buffer.from(delivery.body).toString())
        return answer(delivery)
      },
    })
    assert.equal(await textOf(await api.submit(submission({ body: 'after' }))), 'echo after')
    assert.deepEqual(bodies, ['after'])
    assert.equal(await textOf(reply), '')
  })

  scenario('cancellation: a running job is told, before and after its head', async ({ api, worker }) => {
    for (const headFirst of [false, true]) {
      const started = openGate()
      const told = openGate<GatewayError>()
      const process = async (delivery: Delivery): Promise<Outcome> => {
        if (headFirst) writeHead(delivery)
        started.open()
        await aborted(delivery.signal)
        told.open(GatewayError.from(delivery.signal.reason))
        delivery.reply.fail({ error: GatewayError.from(delivery.signal.reason).toData(), attempts: [] })
        return { type: 'done' }
      }
      await worker.consume({ provider: `p${headFirst}`, limits, process })
      const target = { provider: `p${headFirst}`, model: 'm', native: true }
      const reply = await api.submit(submission({ header: { plan: [target] } }))
      await started.passed
      const reading = textOf(reply)
      reply.cancel()
      assert.equal((await told.passed).code, 'client_gone')
      assert.equal(await reading, '')
      await until(async () => (await api.depths([target.provider]))[0]?.admitted === 0)
    }
  })

  scenario('cancellation: a reader that leaves its loop cancels', async ({ api, worker }) => {
    const told = openGate()
    const process = async (delivery: Delivery): Promise<Outcome> => {
      writeHead(delivery)
      await aborted(delivery.signal)
      told.open()
      delivery.reply.fail({ error: GatewayError.from(delivery.signal.reason).toData(), attempts: [] })
      return { type: 'done' }
    }
    await worker.consume({ provider, limits, process })
    for await (const frames of await api.submit(submission({ stream: true }))) {
      assert.equal(frames[0]?.type, 'head')
      break
    }
    await told.passed
  })

  scenario(
    'deadline: with no worker the caller gets queue_timeout and the job is gone',
    async ({ api, worker }) => {
      const frames = await framesOf(await api.submit(submission({ timeoutMs: 50 })))
      assert.equal(errorOf(frames)?.code, 'queue_timeout')
      assert.equal(errorOf(frames)?.status, 504)
      const bodies: string[] = []
      await worker.consume({
        provider,
        limits,
        process: (delivery) => {
          bodies.push(Buffer.from(delivery.body).toString())
          return answer(delivery)
        },
      })
      assert.equal(await textOf(await api.submit(submission({ body: 'next' }))), 'echo next')
      assert.deepEqual(bodies, ['next'])
    },
  )

  scenario(
    'deadline: a worker that never answers is stopped and the caller is told',
    async ({ api, worker }) => {
      const stopped = openGate()
      const process = async (delivery: Delivery): Promise<Outcome> => {
        if (Buffer.from(delivery.body).toString() === 'warm up') return answer(delivery)
        await aborted(delivery.signal)
        stopped.open()
        delivery.reply.fail({ error: GatewayError.from(delivery.signal.reason).toData(), attempts: [] })
        return { type: 'done' }
      }
      await worker.consume({ provider, limits, process })
      // A worker that is still starting would take the job after its deadline, and not process it at all.
      await textOf(await api.submit(submission({ body: 'warm up' })))
      const frames = await framesOf(await api.submit(submission({ timeoutMs: 500 })))
      assert.equal(errorOf(frames)?.status, 504)
      await stopped.passed
    },
  )
}
