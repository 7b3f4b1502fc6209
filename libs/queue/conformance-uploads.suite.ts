import assert from 'node:assert/strict'
import { GatewayError } from '#contract'
import type { Delivery, Outcome } from './broker.ts'
import {
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
  writeHead,
} from './helpers.suite.ts'
import { uploadWindowBytes } from './upload-window.ts'
import { createUploadSource, digest } from './uploads.suite.ts'

/** What every broker must do about bodies that are read as they are taken. */
export function uploadConformance(name: string, connect: () => Promise<Ends>): void {
  const scenario = scenarios(name, connect)

  scenario('uploads: every byte once and in order, beside the body, of any piece size', async (ends) => {
    const bodies: string[] = []
    const process = (delivery: Delivery): Promise<Outcome> => {
      bodies.push(Buffer.from(delivery.body).toString())
      return digest(delivery)
    }
    await ends.worker.consume({ provider, limits, process })
    for (const [pieces, pieceBytes] of [
      [0, 1],
      [1, 1],
      [900, 7],
      [30, 64 * 1024],
      [3, 1_000_003],
    ] as const) {
      const upload = createUploadSource({ pieces, pieceBytes })
      const text = await textOf(
        await ends.api.submit(submission({ body: `${pieces}`, upload: upload.source })),
      )
      assert.equal(text, `${pieces * pieceBytes} ${upload.sha256()}`)
    }
    assert.deepEqual(bodies, ['0', '1', '900', '30', '3'])
  })

  scenario('uploads: several at once do not mix', async ({ api, worker }) => {
    await worker.consume({ provider, limits, process: digest })
    const uploads = [3, 5, 7, 11].map((pieces) => createUploadSource({ pieces, pieceBytes: 100_001 }))
    const texts = await Promise.all(
      uploads.map(async (upload) => textOf(await api.submit(submission({ upload: upload.source })))),
    )
    assert.deepEqual(
      texts,
      uploads.map((upload) => `${upload.readBytes} ${upload.sha256()}`),
    )
  })

  scenario('uploads: 20 MB go through with little on the way', async ({ api, worker }) => {
    let taken = 0
    let most = 0
    const pieceBytes = 64 * 1024
    const upload = createUploadSource({
      pieces: 320,
      pieceBytes,
      gate: () => {
        most = Math.max(most, upload.readBytes - taken)
      },
    })
    const process = async (delivery: Delivery): Promise<Outcome> => {
      for await (const bytes of delivery.upload ?? []) taken += bytes.byteLength
      return digest({ ...delivery, upload: noBytes() })
    }
    await worker.consume({ provider, limits, process })
    await textOf(await api.submit(submission({ upload: upload.source })))
    assert.equal(taken, 320 * pieceBytes)
    assert.ok(most <= uploadWindowBytes + 2 * pieceBytes, `${most} bytes were on their way at once`)
  })

  scenario('uploads: nothing is read before a worker has the job', async ({ api, worker }) => {
    const upload = createUploadSource({ pieces: 2, pieceBytes: 10 })
    const reply = await api.submit(submission({ upload: upload.source }))
    await until(async () => (await api.depths([provider]))[0]?.admitted === 1)
    assert.equal(upload.readBytes, 0)
    await worker.consume({ provider, limits, process: digest })
    assert.equal(await textOf(reply), `20 ${upload.sha256()}`)
  })

  scenario('uploads: a worker that does not read stops the caller, and starts it again', async (ends) => {
    const pieceBytes = 32 * 1024
    const begun = openGate()
    const goOn = openGate()
    const process = async (delivery: Delivery): Promise<Outcome> => {
      const reader = delivery.upload?.[Symbol.asyncIterator]()
      await reader?.next()
      begun.open()
      await goOn.passed
      let length = pieceBytes
      for (let step = await reader?.next(); step?.done === false; step = await reader?.next())
        length += step.value.byteLength
      writeHead(delivery)
      delivery.reply.chunk(Buffer.from(String(length)))
      delivery.reply.end({ attempts: [], warnings: [] })
      return { type: 'done' }
    }
    await ends.worker.consume({ provider, limits, process })
    const upload = createUploadSource({ pieces: 100, pieceBytes })
    const text = textOf(await ends.api.submit(submission({ upload: upload.source })))
    await begun.passed
    // Another request's way there and back: time enough for a sender that knows no window.
    const probe = createUploadSource({ pieces: 1, pieceBytes: 1 })
    const aside = ends.api.submit(submission({ upload: probe.source, timeoutMs: 100 }))
    await framesOf(await aside)
    assert.ok(
      upload.readBytes <= uploadWindowBytes + 2 * pieceBytes,
      `${upload.readBytes} bytes were read ahead`,
    )
    goOn.open()
    assert.equal(await text, String(100 * pieceBytes))
  })

  scenario('uploads: the caller leaves in the middle, and the worker is told', async ({ api, worker }) => {
    const told = openGate<GatewayError>()
    const waiting = openGate()
    const process = async (delivery: Delivery): Promise<Outcome> => {
      const error = await digest(delivery).then(() => undefined, GatewayError.from)
      assert.ok(error)
      told.open(error)
      delivery.reply.fail({ error: error.toData(), attempts: [] })
      return { type: 'done' }
    }
    await worker.consume({ provider, limits, process })
    const upload = createUploadSource({
      pieces: 10,
      pieceBytes: 10,
      gate: (index) => {
        if (index < 3) return
        waiting.open()
        return new Promise(() => {})
      },
    })
    const reply = await api.submit(submission({ upload: upload.source }))
    await waiting.passed
    reply.cancel()
    assert.equal((await told.passed).code, 'client_gone')
    await upload.released
    await until(async () => (await api.depths([provider]))[0]?.admitted === 0)
  })

  scenario("uploads: the caller's own failure reaches the worker as it is", async ({ api, worker }) => {
    const tooLarge = new GatewayError({ kind: 'too-large', code: 'request_too_large', message: 'too much' })
    await worker.consume({ provider, limits, process: digest })
    const upload = createUploadSource({
      pieces: 10,
      pieceBytes: 10,
      gate: (index) => {
        if (index === 5) throw tooLarge
      },
    })
    const frames = await framesOf(await api.submit(submission({ upload: upload.source })))
    assert.equal(errorOf(frames)?.code, 'request_too_large')
    assert.equal(errorOf(frames)?.status, 413)
  })

  scenario('uploads: an answer before the end lets the caller go', async ({ api, worker }) => {
    const process = async (delivery: Delivery): Promise<Outcome> => {
      await delivery.upload?.[Symbol.asyncIterator]().next()
      writeHead(delivery)
      delivery.reply.end({ attempts: [], warnings: [] })
      return { type: 'done' }
    }
    await worker.consume({ provider, limits, process })
    const upload = createUploadSource({ pieces: 1_000, pieceBytes: 64 * 1024 })
    const frames = await framesOf(await api.submit(submission({ upload: upload.source })))
    assert.equal(frames.at(-1)?.type, 'end')
    await upload.released
  })

  scenario('uploads: a draining worker stops reading and says so', async ({ api, worker }) => {
    const begun = openGate()
    const process = async (delivery: Delivery): Promise<Outcome> => {
      for await (const _bytes of delivery.upload ?? []) begun.open()
      return digest(delivery)
    }
    await worker.consume({ provider, limits, process })
    const upload = createUploadSource({
      pieces: 3,
      pieceBytes: 10,
      gate: (index) => (index < 2 ? undefined : new Promise(() => {})),
    })
    const running = framesOf(await api.submit(submission({ upload: upload.source })))
    await begun.passed
    await worker.drain(20)
    assert.equal(errorOf(await running)?.code, 'draining')
    await upload.released
  })

  scenario('uploads: the deadline ends them', async ({ api, worker }) => {
    const process = async (delivery: Delivery): Promise<Outcome> => {
      if (delivery.upload === undefined) return digest(delivery)
      const error = await digest(delivery).then(() => undefined, GatewayError.from)
      delivery.reply.fail({ error: (error ?? GatewayError.from(undefined)).toData(), attempts: [] })
      return { type: 'done' }
    }
    await worker.consume({ provider, limits, process })
    await textOf(await api.submit(submission({})))
    const upload = createUploadSource({ pieces: 3, pieceBytes: 10, gate: () => new Promise(() => {}) })
    const frames = await framesOf(await api.submit(submission({ upload: upload.source, timeoutMs: 300 })))
    assert.equal(errorOf(frames)?.status, 504)
    await upload.released
  })

  scenario('uploads: a job with one cannot be delayed', async ({ api, worker }) => {
    await worker.consume({
      provider,
      limits,
      process: async () => ({ type: 'delayed', delayMs: 1, retryState: {} }),
    })
    const upload = createUploadSource({ pieces: 1, pieceBytes: 1 })
    const frames = await framesOf(await api.submit(submission({ upload: upload.source })))
    assert.equal(errorOf(frames)?.kind, 'internal')
  })
}

async function* noBytes(): AsyncGenerator<Uint8Array, void, void> {}
