import assert from 'node:assert/strict'
import { GatewayError } from '#contract'
import type { Delivery, Outcome, Submission } from './broker.ts'
import {
  answer,
  type Ends,
  errorOf,
  framesOf,
  suiteLimits as limits,
  openGate,
  provider,
  scenarios,
  submission,
  textOf,
  until,
} from './helpers.suite.ts'

/** What every broker must do about how long and how much may wait. */
export function policyConformance(name: string, connect: () => Promise<Ends>): void {
  maxWaitConformance(name, connect)
  roomConformance(name, connect)
}

const admittedAt = async ({ api }: Ends) => (await api.depths([provider]))[0]?.admitted

function maxWaitConformance(name: string, connect: () => Promise<Ends>): void {
  const scenario = scenarios(name, connect)

  for (const [title, delayMs] of [
    ['waits', undefined],
    ['is delayed', 60_000],
  ] as const) {
    scenario(`maximum wait: what ${title} longer is taken back and answered at once`, async (ends) => {
      const { api, worker } = ends
      const patient = { timeoutMs: 120_000, maxWaitMs: 40, ...(delayMs !== undefined && { delayMs }) }
      const frames = await framesOf(await api.submit(submission({ body: 'late', ...patient })))
      assert.equal(errorOf(frames)?.code, 'queue_timeout')
      assert.equal(errorOf(frames)?.status, 504)
      assert.equal(await admittedAt(ends), 0)
      const bodies: string[] = []
      const process = (delivery: Delivery): Promise<Outcome> => {
        bodies.push(Buffer.from(delivery.body).toString())
        return answer(delivery)
      }
      await worker.consume({ provider, limits, process })
      assert.equal(await textOf(await api.submit(submission({ body: 'next' }))), 'echo next')
      assert.deepEqual(bodies, ['next'])
    })
  }

  scenario(
    'maximum wait: a job that was started in time is left alone, also when it is delayed',
    async (ends) => {
      const { api, worker } = ends
      const headers: Delivery['header'][] = []
      const process = async (delivery: Delivery): Promise<Outcome> => {
        headers.push(delivery.header)
        await new Promise((resolve) => setTimeout(resolve, 700))
        if (delivery.retryState !== undefined) return answer(delivery)
        return { type: 'delayed', delayMs: 600, retryState: { attempt: 1 } }
      }
      await worker.consume({ provider, limits, process })
      const reply = await api.submit(submission({ body: 'retried', maxWaitMs: 500, timeoutMs: 60_000 }))
      assert.equal(await textOf(reply), 'echo retried')
      const [first] = headers
      assert.equal(headers.length, 2)
      assert.equal(Number(first?.startByMs) - Number(first?.admittedAtMs), 500)
    },
  )
}

function roomConformance(name: string, connect: () => Promise<Ends>): void {
  const scenario = scenarios(name, connect)
  const ten = { concurrency: 1, bufferSize: 9 }

  scenario('tenant share: one tenant holds its part, others go on, and an end makes room', async (ends) => {
    const { api, worker } = ends
    const of = (tenant: string): Submission =>
      submission({ limits: ten, tenantShare: 0.25, header: { tenant } })
    const [first, ...rest] = await Promise.all([1, 2, 3].map(() => api.submit(of('a'))))
    const isOverShare = (error: unknown) =>
      GatewayError.is(error) &&
      error.kind === 'queue-full' &&
      error.code === 'tenant_share' &&
      error.status === 429
    await assert.rejects(api.submit(of('a')), isOverShare)
    const other = await api.submit(of('b'))
    first?.cancel()
    await until(async () => (await admittedAt(ends)) === 3)
    rest.push(await api.submit(of('a')))
    await assert.rejects(api.submit(of('a')), isOverShare)
    await worker.consume({ provider, limits: ten, process: answer })
    assert.deepEqual(await Promise.all([...rest, other].map(textOf)), Array(4).fill('echo {}'))
    await until(async () => (await admittedAt(ends)) === 0)
    const again = await Promise.all([1, 2, 3].map(() => api.submit(of('a'))))
    assert.deepEqual(await Promise.all(again.map(textOf)), Array(3).fill('echo {}'))
  })

  scenario('a full queue says when what waits will have been started', async ({ api, windows }) => {
    windows.add(provider, 'done', 20)
    for (let count = 0; count < 10; count += 1) await api.submit(submission({ limits: ten }))
    await assert.rejects(
      api.submit(submission({ limits: ten })),
      (error) => GatewayError.is(error) && error.retryAfterMs === 5_000,
    )
  })

  scenario('depth: tells how long the oldest has waited, and how fast the queue drains', async (ends) => {
    const { api, worker, windows } = ends
    assert.equal((await api.depths([provider]))[0]?.oldestWaitMs, 0)
    const replies = [await api.submit(submission({}))]
    await until(async () => Number((await api.depths([provider]))[0]?.oldestWaitMs) >= 100)
    replies.push(await api.submit(submission({})))
    assert.ok(Number((await api.depths([provider]))[0]?.oldestWaitMs) >= 100)
    await worker.consume({ provider, limits, process: answer })
    await Promise.all(replies.map(textOf))
    await until(async () => (await windows.sum(provider, 'done', 10_000)) === 2)
    await until(async () => {
      const [depth] = await api.depths([provider])
      return depth?.oldestWaitMs === 0 && depth.drainPerSecond === 0.2
    })
  })

  scenario('live limits: raised ones start what waits, lowered ones end nothing', async (ends) => {
    const { api, worker } = ends
    let running = 0
    let most = 0
    const gates = [openGate(), openGate()]
    const process = async (delivery: Delivery): Promise<Outcome> => {
      running += 1
      most = Math.max(most, running)
      await gates[Number(delivery.body)]?.passed
      running -= 1
      return answer(delivery)
    }
    const one = { concurrency: 1, bufferSize: 20 }
    await worker.consume({ provider, limits: one, process })
    const send = (body: string) => api.submit(submission({ body, limits: one }))
    const replies = await Promise.all(['0', '0', '0', '0'].map(send))
    await until(async () => running === 1 && (await api.depths([provider]))[0]?.waiting === 3)
    await api.setLimits(provider, { concurrency: 3, bufferSize: 1 })
    await until(async () => running === 3)
    assert.equal((await api.depths([provider]))[0]?.capacity, 4)
    await assert.rejects(send('0'), (error) => GatewayError.from(error).code === 'queue_full')
    await api.setLimits(provider, { concurrency: 1, bufferSize: 20 })
    replies.push(...(await Promise.all(['1', '1', '1'].map(send))))
    assert.equal(running, 3)
    assert.equal(most, 3)
    gates[0]?.open()
    await Promise.all(replies.slice(0, 4).map(textOf))
    await until(async () => running === 1)
    most = 1
    gates[1]?.open()
    await Promise.all(replies.slice(4).map(textOf))
    assert.equal(most, 1)
  })
}
