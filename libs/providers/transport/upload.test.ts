import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import { type TestContext, test } from 'node:test'
import { GatewayError } from '#contract'
import { createTransport } from './create-transport.ts'

async function serve(context: TestContext, answer: http.RequestListener): Promise<string> {
  const server = http.createServer(answer)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  context.after(() => {
    server.closeAllConnections()
    server.close()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
}

function sender(context: TestContext) {
  const transport = createTransport({ connectTimeoutMs: 5_000 })
  context.after(() => transport.close())
  return (url: string, body: AsyncIterable<Uint8Array>, signal = new AbortController().signal) =>
    transport.send({ url, headers: { 'content-type': 'application/octet-stream' }, body, signal })
}

/** Pieces without end, counted; `left` resolves when whoever iterates has left. */
function endless(pieceBytes: number, next: () => Promise<void> = async () => {}) {
  const left = Promise.withResolvers<void>()
  let pieces = 0
  const iterator: AsyncIterator<Uint8Array> = {
    async next() {
      await next()
      pieces += 1
      return { done: false, value: Buffer.alloc(pieceBytes, pieces % 256) }
    },
    async return() {
      left.resolve()
      return { done: true, value: undefined }
    },
  }
  return {
    body: { [Symbol.asyncIterator]: () => iterator },
    left: left.promise,
    get pieces() {
      return pieces
    },
  }
}

async function text(body: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = []
  for await (const chunk of body) chunks.push(chunk)
  return Buffer.concat(chunks).toString()
}

test('an iterated body goes up in pieces, byte for byte, with no length', async (context) => {
  const url = await serve(context, async (request, response) => {
    const hash = createHash('sha256')
    for await (const chunk of request) hash.update(chunk)
    response.end(
      `${request.headers['transfer-encoding']} ${request.headers['content-length']} ${hash.digest('hex')}`,
    )
  })
  const hash = createHash('sha256')
  async function* pieces() {
    for (let index = 0; index < 300; index += 1) {
      const piece = Buffer.alloc(10_007, index)
      hash.update(piece)
      yield piece
    }
  }
  const response = await sender(context)(url, pieces())
  assert.equal(await text(response.body), `chunked undefined ${hash.digest('hex')}`)
})

test('a provider that does not read stops the body', async (context) => {
  const url = await serve(context, (request) => {
    request.pause()
  })
  const upload = endless(64 * 1024)
  const abort = new AbortController()
  const sent = sender(context)(url, upload.body, abort.signal)
  // What the two sockets hold between them is the system's to choose; it is the same a while later.
  let before = -1
  while (upload.pieces !== before) {
    before = upload.pieces
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  assert.ok(upload.pieces < 1_000, `${upload.pieces} pieces were taken`)
  abort.abort(new GatewayError({ kind: 'cancelled', code: 'client_gone', message: 'gone' }))
  await assert.rejects(sent, { code: 'client_gone' })
  await upload.left
})

test('an answer that comes before the end of the body is given, and the body is let go', async (context) => {
  const url = await serve(context, (_request, response) => {
    response.writeHead(401, { 'content-type': 'application/json', connection: 'close' }).end('{"no":1}')
  })
  const upload = endless(64 * 1024, () => new Promise((resolve) => setTimeout(resolve, 5)))
  const response = await sender(context)(url, upload.body)
  assert.equal(response.status, 401)
  assert.equal(await text(response.body), '{"no":1}')
  await upload.left
})

test("an error of the body's own is what the request fails with, and the provider sees it broken", async (context) => {
  const broken = Promise.withResolvers<boolean>()
  const url = await serve(context, (request) => {
    request.resume().on('close', () => broken.resolve(!request.complete))
  })
  const error = new GatewayError({ kind: 'too-large', code: 'request_too_large', message: 'too much' })
  async function* pieces() {
    yield Buffer.from('one')
    throw error
  }
  await assert.rejects(sender(context)(url, pieces()), (thrown) => thrown === error)
  assert.equal(await broken.promise, true)
})
