import assert from 'node:assert/strict'
import { GatewayError } from '#contract'
import type { Delivery, Outcome } from './broker.ts'
import {
  aborted,
  answer,
  chunkText,
  type Ends,
  errorOf,
  framesOf,
  suiteLimits as limits,
  openGate,
  provider,
  scenarios,
  submission,
  until,
  writeHead,
} from './helpers.suite.ts'
import { windowBytes } from './reply-writer.ts'

/** What every broker must do about answers on their way back, and about its own end. */
export function replyConformance(name: string, connect: () => Promise<Ends>): void {
  const scenario = scenarios(name, connect)

  scenario('streams: every frame once, in order, terminal last', async ({ api, worker }) => {
    const count = 500
    const process = async (delivery: Delivery): Promise<Outcome> => {
      writeHead(delivery)
      for (let index = 0; index < count; index += 1) {
        delivery.reply.chunk(Buffer.from(`${index} `))
        if (index % 7 === 0) await new Promise((resolve) => setImmediate(resolve))
      }
      delivery.reply.end({
        attempts: [],
        warnings: [],
        stopReason: 'stop',
        usage: { input: { total: 1 }, output: {} },
      })
      return { type: 'done' }
    }
    await worker.consume({ provider, limits, process })
    const replies = await Promise.all(
      Array.from({ length: 3 }, () => api.submit(submission({ stream: true }))),
    )
    const expected = Array.from({ length: count }, (_, index) => `${index} `).join('')
    for (const frames of await Promise.all(replies.map(framesOf))) {
      assert.equal(chunkText(frames), expected)
      assert.equal(frames[0]?.type, 'head')
      assert.deepEqual(frames.at(-1), {
        type: 'end',
        attempts: [],
        warnings: [],
        stopReason: 'stop',
        usage: { input: { total: 1 }, output: {} },
      })
    }
  })

  scenario(
    'back-pressure: a worker waits while a window is unread, and goes on when it is read',
    async (ends) => {
      let written = 0
      const piece = Buffer.alloc(128 * 1024, 'x')
      const total = windowBytes * 3
      const process = async (delivery: Delivery): Promise<Outcome> => {
        writeHead(delivery)
        while (written < total) {
          await delivery.reply.writable()
          delivery.reply.chunk(piece)
          written += piece.byteLength
        }
        delivery.reply.end({ attempts: [], warnings: [] })
        return { type: 'done' }
      }
      await ends.worker.consume({ provider, limits, process })
      const reply = await ends.api.submit(submission({ stream: true }))
      const iterator = reply[Symbol.asyncIterator]()
      const first = await iterator.next()
      let bytes = first.done ? 0 : chunkText(first.value).length
      await until(async () => written >= windowBytes)
      await new Promise((resolve) => setImmediate(resolve))
      assert.ok(written - bytes <= windowBytes + 2 * piece.byteLength, `wrote ${written} ahead of its reader`)
      for (let step = await iterator.next(); !step.done; step = await iterator.next()) {
        for (const frame of step.value) if (frame.type === 'chunk') bytes += frame.bytes.byteLength
      }
      assert.equal(bytes, total)
    },
  )

  scenario('failures: a throw and a missing end become one internal error', async ({ api, worker }) => {
    const process = async (delivery: Delivery): Promise<Outcome> => {
      if (Buffer.from(delivery.body).toString() === 'throw') throw new Error('secret detail')
      return { type: 'done' }
    }
    await worker.consume({ provider, limits, process })
    for (const body of ['throw', 'nothing']) {
      const frames = await framesOf(await api.submit(submission({ body })))
      assert.equal(frames.length, 1)
      assert.equal(errorOf(frames)?.kind, 'internal')
      assert.ok(!errorOf(frames)?.message.includes('secret'))
    }
    await until(async () => (await api.depths([provider]))[0]?.admitted === 0)
  })

  scenario(
    'drain: takes no more, lets those in hand end, then stops them with draining',
    async ({ api, worker }) => {
      const started = openGate()
      const process = async (delivery: Delivery): Promise<Outcome> => {
        started.open()
        await aborted(delivery.signal)
        delivery.reply.fail({ error: GatewayError.from(delivery.signal.reason).toData(), attempts: [] })
        return { type: 'done' }
      }
      await worker.consume({ provider, limits, process })
      const running = framesOf(await api.submit(submission({})))
      await started.passed
      await worker.drain(20)
      const frames = await running
      assert.equal(errorOf(frames)?.code, 'draining')
      assert.equal(errorOf(frames)?.status, 503)
      const waiting = await api.submit(submission({ timeoutMs: 30 }))
      assert.equal(errorOf(await framesOf(waiting))?.code, 'queue_timeout')
    },
  )

  scenario('unknown outcome: a job that its worker never gives back is answered as such', async (ends) => {
    const started = openGate()
    const process = async (): Promise<Outcome> => {
      started.open()
      return new Promise(() => {})
    }
    await ends.worker.consume({ provider, limits, process })
    const lost = framesOf(await ends.api.submit(submission({})))
    await started.passed
    await ends.worker.drain(20)
    const frames = await lost
    assert.equal(errorOf(frames)?.code, 'upstream_outcome_unknown')
    assert.equal(errorOf(frames)?.status, 502)
  })

  scenario('close: whoever still waits is answered', async ({ api }) => {
    const waiting = framesOf(await api.submit(submission({})))
    await api.close()
    assert.equal(errorOf(await waiting)?.status, 503)
    await assert.rejects(api.submit(submission({})), (error) => GatewayError.from(error).status === 503)
  })

  scenario('depth: counts what waits, is delayed and runs', async ({ api, worker }) => {
    await api.submit(submission({ delayMs: 60_000 }))
    await api.submit(submission({}))
    const [before] = await api.depths([provider])
    assert.deepEqual([before?.waiting, before?.delayed, before?.active, before?.admitted], [1, 1, 0, 2])
    const started = openGate()
    const gate = openGate()
    const process = async (delivery: Delivery): Promise<Outcome> => {
      started.open()
      await gate.passed
      return answer(delivery)
    }
    await worker.consume({ provider, limits, process })
    await started.passed
    const [after] = await api.depths([provider])
    assert.deepEqual([after?.waiting, after?.delayed, after?.active, after?.capacity], [0, 1, 1, 12])
    gate.open()
  })
}
