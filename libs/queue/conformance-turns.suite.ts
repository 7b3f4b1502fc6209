import assert from 'node:assert/strict'
import type { Delivery, Outcome, Reply } from './broker.ts'
import { answer, type Ends, provider, scenarios, submission, textOf, until } from './helpers.suite.ts'

const one = { concurrency: 1, bufferSize: 2_000 }
const of = (tenant: string, body = tenant) =>
  submission({ body, limits: one, timeoutMs: 60_000, header: { tenant } })

/** What every broker must do about whose turn it is. */
export function turnsConformance(name: string, connect: () => Promise<Ends>): void {
  const scenario = scenarios(name, connect)

  scenario("turns: a backlog of 1,000 does not hold up another tenant's 20", async ({ api, worker }) => {
    const order: string[] = []
    const replies: Reply[] = await Promise.all(Array.from({ length: 1_000 }, () => api.submit(of('a'))))
    replies.push(...(await Promise.all(Array.from({ length: 20 }, () => api.submit(of('b'))))))
    const process = (delivery: Delivery): Promise<Outcome> => {
      order.push(delivery.header.tenant)
      return answer(delivery)
    }
    await worker.consume({ provider, limits: one, process })
    await Promise.all(replies.map(textOf))
    assert.equal(order.length, 1_020)
    const positions = order.flatMap((tenant, index) => (tenant === 'b' ? [index + 1] : []))
    assert.equal(positions.length, 20)
    for (const [index, position] of positions.entries()) assert.ok(position <= 2 * (index + 1) + 1)
  })

  scenario('turns: who keeps arriving does not get in front of who waits', async ({ api, worker }) => {
    const backlog = 40
    const started: { readonly tenant: string; readonly knownAt: number }[] = []
    const knownAt = new Map<string, number>()
    const replies: Reply[] = []
    const process = async (delivery: Delivery): Promise<Outcome> => {
      const { tenant } = delivery.header
      started.push({ tenant, knownAt: knownAt.get(tenant) ?? 0 })
      if (started.length <= 120) {
        // As many arrive as are started: there is always somebody new.
        const stranger = `stranger-${started.length}`
        knownAt.set(stranger, started.length)
        replies.push(await api.submit(of(stranger)))
      }
      return answer(delivery)
    }
    replies.push(...(await Promise.all(Array.from({ length: backlog }, () => api.submit(of('a'))))))
    await worker.consume({ provider, limits: one, process })
    await until(async () => started.length === backlog + 120)
    await Promise.all(replies.map(textOf))
    const turns = started.flatMap(({ tenant }, index) => (tenant === 'a' ? [index] : []))
    assert.equal(turns.length, backlog)
    for (const [index, turn] of turns.entries()) {
      const before = turns[index - 1] ?? 0
      const between = started.slice(before + 1, turn)
      // Nobody who came after one of its jobs was started is served before its next one.
      assert.deepEqual(
        between.filter((other) => other.knownAt > before + 1),
        [],
      )
    }
  })

  scenario('turns: what was taken back is not charged', async ({ api, worker }) => {
    const order: string[] = []
    const held = await Promise.all(Array.from({ length: 10 }, () => api.submit(of('busy'))))
    const dropped = await Promise.all(Array.from({ length: 50 }, () => api.submit(of('a'))))
    for (const reply of dropped) reply.cancel()
    await until(async () => (await api.depths([provider]))[0]?.admitted === 10)
    held.push(await api.submit(of('a')))
    const process = (delivery: Delivery): Promise<Outcome> => {
      order.push(delivery.header.tenant)
      return answer(delivery)
    }
    await worker.consume({ provider, limits: one, process })
    await Promise.all(held.map(textOf))
    assert.ok(order.indexOf('a') <= 2, order.join(' '))
  })

  scenario('turns: a delayed job that comes back is the next one', async ({ api, worker }) => {
    const order: string[] = []
    const process = async (delivery: Delivery): Promise<Outcome> => {
      const body = Buffer.from(delivery.body).toString()
      order.push(body)
      if (body === 'retried' && delivery.retryState === undefined)
        return { type: 'delayed', delayMs: 10, retryState: {} }
      await new Promise((resolve) => setTimeout(resolve, 60))
      return answer(delivery)
    }
    const replies = [await api.submit(of('a', 'retried'))]
    for (const body of ['1', '2', '3', '4']) replies.push(await api.submit(of('b', body)))
    await worker.consume({ provider, limits: one, process })
    await Promise.all(replies.map(textOf))
    assert.deepEqual(order, ['retried', '1', 'retried', '2', '3', '4'])
  })
}
