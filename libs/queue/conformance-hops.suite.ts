import assert from 'node:assert/strict'
import { GatewayError } from '#contract'
import type { Broker, Delivery, Hop, Outcome, Submission } from './broker.ts'
import {
  aborted,
  answer,
  chunkText,
  type Ends,
  errorOf,
  framesOf,
  suiteLimits as limits,
  openGate,
  type SubmissionOverrides,
  scenarios,
  submission,
  textOf,
  until,
  writeHead,
} from './helpers.suite.ts'

const [here, there] = ['first', 'second'] as const
const plan = [
  { provider: here, model: 'm1', native: true },
  { provider: there, model: 'm2', native: true },
]
const journey = { attempts: [{ provider: here, model: 'm1', outcome: '503' }], calls: 1 }
const next: Hop = { hop: 1, limits, journey }

const travelling = (overrides: SubmissionOverrides = {}): Submission =>
  submission({ ...overrides, header: { plan, ...overrides.header } })

const goesOn =
  (hop: Hop = next) =>
  async (delivery: Delivery): Promise<Outcome> => {
    await delivery.hop(hop)
    assert.equal(delivery.reply.closed, true)
    return { type: 'done' }
  }

const admittedAt = async (broker: Broker) =>
  (await broker.depths([here, there])).map(({ admitted }) => admitted)

/** What every broker must do about a request that goes on to another target. */
export function hopConformance(name: string, connect: () => Promise<Ends>): void {
  arrivalConformance(name, connect)
  departureConformance(name, connect)
}

function arrivalConformance(name: string, connect: () => Promise<Ends>): void {
  const scenario = scenarios(name, connect)

  scenario('hop: the request goes on whole, and its caller hears of it', async ({ api, worker }) => {
    const deliveries: Delivery[] = []
    const noting = (process: (delivery: Delivery) => Promise<Outcome>) => (delivery: Delivery) => {
      deliveries.push(delivery)
      return process(delivery)
    }
    await worker.consume({ provider: here, limits, process: noting(goesOn()) })
    await worker.consume({ provider: there, limits, process: noting(answer) })
    for (const body of ['small', 'large '.repeat(10_000)]) {
      deliveries.length = 0
      const frames = await framesOf(await api.submit(travelling({ body, tenantShare: 0.5 })))
      const others = frames.filter(({ type }) => type !== 'hop')
      assert.deepEqual(
        others.map(({ type }) => type),
        ['head', 'chunk', 'end'],
      )
      // Where the two have a Redis each, the answer may be faster than the word that it comes from elsewhere.
      if (frames.length > 3)
        assert.deepEqual(frames[0], { type: 'hop', hop: 1, target: { provider: there, model: 'm2' } })
      assert.equal(chunkText(frames), `echo ${body}`)
      const [before, after] = deliveries.map(({ header }) => header)
      assert.deepEqual([after?.hop, after?.journey], [1, journey])
      assert.equal(after?.replyTo, before?.replyTo)
      // The same time; each Redis says it by its own clock.
      assert.ok(Math.abs((after?.deadlineMs ?? 0) - (before?.deadlineMs ?? 0)) < 250)
      assert.deepEqual([after?.requestId, after?.plan], [before?.requestId, before?.plan])
      assert.equal(deliveries[1]?.target.model, 'm2')
    }
    await until(async () => (await admittedAt(api)).every((count) => count === 0))
  })

  scenario('hop: to another model of the same provider, streamed', async ({ api, worker }) => {
    const one = { concurrency: 1, bufferSize: 2 }
    const process = (delivery: Delivery) =>
      delivery.header.hop === 0 ? goesOn({ ...next, limits: one })(delivery) : answer(delivery)
    await worker.consume({ provider: here, limits: one, process })
    const same = [plan[0], { provider: here, model: 'm2', native: true }].flatMap((target) => target ?? [])
    const reply = await api.submit(
      submission({ body: 'same', stream: true, limits: one, header: { plan: same } }),
    )
    assert.equal(await textOf(reply), 'echo same')
    await until(async () => (await admittedAt(api))[0] === 0)
  })

  scenario(
    'hop: a full queue or a tenant over its share refuses it, and it is still in hand',
    async (ends) => {
      const { api, worker } = ends
      const none = { concurrency: 1, bufferSize: 0 }
      await api.submit(
        submission({
          limits: none,
          tenantShare: 0.5,
          header: { plan: plan.slice(1), tenant: 'a' },
        }),
      )
      const codes: string[] = []
      const process = async (delivery: Delivery): Promise<Outcome> => {
        for (const tenantShare of [1, 0.5]) {
          const refused = { ...next, limits: none, tenantShare }
          await delivery.hop(refused).catch((error: unknown) => codes.push(GatewayError.from(error).code))
        }
        return answer(delivery)
      }
      await worker.consume({ provider: here, limits, process })
      const frames = await framesOf(await api.submit(travelling({ header: { tenant: 'a' } })))
      assert.deepEqual(
        frames.map(({ type }) => type),
        ['head', 'chunk', 'end'],
      )
      assert.deepEqual(codes, ['queue_full', 'tenant_share'])
      await until(async () => (await admittedAt(api)).join() === '0,1')
    },
  )

  scenario('hop: not backwards, and not after the answer has begun', async ({ api, worker }) => {
    const refused: unknown[] = []
    const process = async (delivery: Delivery): Promise<Outcome> => {
      await delivery.hop({ ...next, hop: 0 }).catch((error: unknown) => refused.push(error))
      await delivery.hop({ ...next, hop: 2 }).catch((error: unknown) => refused.push(error))
      writeHead(delivery)
      await delivery.hop(next).catch((error: unknown) => refused.push(error))
      delivery.reply.end({ attempts: [], warnings: [] })
      return { type: 'done' }
    }
    await worker.consume({ provider: here, limits, process })
    const frames = await framesOf(await api.submit(travelling()))
    assert.equal(frames.at(-1)?.type, 'end')
    assert.equal(refused.length, 3)
    assert.equal((await admittedAt(api))[1], 0)
  })

  for (const [title, wait, timeoutMs] of [
    ['maximum wait', { maxWaitMs: 40 }, 60_000],
    ['deadline', {}, 300],
  ] as const) {
    scenario(`hop: the ${title} holds where it went`, async ({ api, worker }) => {
      await worker.consume({ provider: here, limits, process: goesOn({ ...next, ...wait }) })
      await textOfHop(api, worker)
      const frames = await framesOf(
        await api.submit(travelling({ timeoutMs, header: { callerRequestId: 'x' } })),
      )
      assert.equal(frames[0]?.type, 'hop')
      assert.equal(errorOf(frames)?.code, 'queue_timeout')
      assert.match(errorOf(frames)?.message ?? '', /second/)
      await until(async () => (await admittedAt(api)).every((count) => count === 0))
    })
  }

  /** A worker that is still starting would make a short deadline pass before the hop. */
  async function textOfHop(api: Broker, worker: Broker): Promise<void> {
    await worker.consume({ provider: 'warm', limits, process: answer })
    const warm = [{ provider: 'warm', model: 'm', native: true }]
    await textOf(await api.submit(submission({ header: { plan: warm } })))
  }
}

function departureConformance(name: string, connect: () => Promise<Ends>): void {
  const scenario = scenarios(name, connect)

  scenario('hop: a caller that leaves is followed to where it went', async ({ api, worker }) => {
    await worker.consume({ provider: here, limits, process: goesOn() })
    const told = openGate<string>()
    for (const runs of [false, true]) {
      const started = openGate()
      if (runs) {
        const process = async ({ signal, reply }: Delivery): Promise<Outcome> => {
          started.open()
          await aborted(signal)
          told.open(GatewayError.from(signal.reason).code)
          reply.fail({ error: GatewayError.from(signal.reason).toData(), attempts: [] })
          return { type: 'done' }
        }
        await worker.consume({ provider: there, limits, process })
      }
      for await (const frames of await api.submit(travelling({ tenantShare: 0.5 }))) {
        assert.equal(frames[0]?.type, 'hop')
        if (runs) await started.passed
        break
      }
      await until(async () => (await admittedAt(api)).every((count) => count === 0))
    }
    assert.equal(await told.passed, 'client_gone')
  })

  scenario('hop: for a caller that has left nothing is enqueued', async ({ api, worker }) => {
    const started = openGate()
    const refused = openGate<string>()
    const process = async (delivery: Delivery): Promise<Outcome> => {
      started.open()
      await aborted(delivery.signal)
      await delivery.hop(next).catch((error: unknown) => refused.open(GatewayError.from(error).code))
      return { type: 'done' }
    }
    await worker.consume({ provider: here, limits, process })
    const reply = await api.submit(travelling())
    await started.passed
    reply.cancel()
    assert.equal(await refused.passed, 'client_gone')
    assert.deepEqual((await api.depths([there]))[0]?.admitted, 0)
    await until(async () => (await admittedAt(api)).every((count) => count === 0))
  })

  scenario('hop: whenever its caller leaves, no call follows', async ({ api, worker }) => {
    const ran: string[] = []
    const gate = openGate()
    const many = { concurrency: 100, bufferSize: 100 }
    await worker.consume({ provider: here, limits: many, process: goesOn({ ...next, limits: many }) })
    const leaving = Array.from({ length: 60 }, async (_, index) => {
      const reply = await api.submit(travelling({ body: `left ${index}`, limits: many }))
      const turns = index % 20
      for (let turn = 0; turn < turns; turn += 1) await new Promise((resolve) => setImmediate(resolve))
      reply.cancel()
    })
    await Promise.all(leaving)
    const stays = await api.submit(travelling({ body: 'stays', limits: many }))
    await until(async () => (await admittedAt(api)).join() === '0,1')
    const process = async (delivery: Delivery): Promise<Outcome> => {
      ran.push(Buffer.from(delivery.body).toString())
      gate.open()
      return answer(delivery)
    }
    await worker.consume({ provider: there, limits: many, process })
    assert.equal(await textOf(stays), 'echo stays')
    assert.deepEqual(ran, ['stays'])
  })
}
