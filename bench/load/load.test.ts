import assert from 'node:assert/strict'
import { createServer, type Socket } from 'node:net'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { type Child, startChild } from '../children.ts'
import { sum } from '../measure.ts'
import { readRequests, type UpstreamRequest } from '../upstream/read-requests.ts'
import { closedLoop } from './closed-loop.ts'
import { type Answer, openConnection } from './connection.ts'
import { openLoop } from './open-loop.ts'
import { type Call, createShot } from './shots.ts'

const small: Call = { size: '0.2 KB', kind: 'native' }
const doorTo = (url: string) => ({
  url,
  path: '/v1/chat/completions',
  headers: { native: {}, crossing: {} },
  crossingPrefix: '',
})

describe('the load', () => {
  let upstream: Child
  let url: string
  before(async () => {
    const main = join(import.meta.dirname, '../upstream/main.ts')
    upstream = await startChild({ command: process.execPath, args: [main, '--break-every=5'], ready: 'http' })
    url = upstream.stdout[0] ?? ''
  })
  after(() => upstream.close())

  it('counts each answer that is not good, in a closed loop', async () => {
    const result = await closedLoop(createShot(doorTo(url), small), 4, 0.3)
    const broken = result.errors['status 500'] ?? 0
    assert.ok(result.requests > 0)
    assert.ok(Math.abs(broken - (result.requests + broken) / 5) <= 1, `${broken} of ${result.requests}`)
    assert.equal(result.latencies.length, result.requests)
  })

  it('sends as many as an open loop asks for, whatever comes back', async () => {
    const result = await openLoop(createShot(doorTo(url), small), 200, 0.5)
    assert.equal(result.requests + sum(result.errors), 100)
    assert.ok((result.errors['status 500'] ?? 0) > 0)
  })

  it('sees the pieces of streams, and that they end', async () => {
    const result = await closedLoop(createShot(doorTo(url), { ...small, stream: 'paced' }), 2, 0.2)
    assert.ok(result.requests > 0)
    assert.equal(result.firsts.length, result.requests)
    assert.ok(result.gaps.length > result.requests)
  })

  it('answers large bodies', async () => {
    const result = await closedLoop(createShot(doorTo(url), { ...small, size: '200 KB' }), 2, 0.2)
    assert.ok(result.requests > 0)
    assert.deepEqual(Object.keys(result.errors), ['status 500'])
  })

  it('books what never answers', async () => {
    const result = await closedLoop(createShot(doorTo('http://127.0.0.1:1'), small), 1, 0.05)
    assert.equal(result.requests, 0)
    assert.ok((result.errors['no whole answer'] ?? 0) > 0)
  })
})

/** A server that writes these bytes for whatever comes, in pieces of so many. */
async function serverOf(bytes: string, pieceSize: number) {
  const server = createServer({ noDelay: true }, (socket) => {
    socket.on('error', () => socket.destroy())
    socket.once('data', () => void writeInPieces(socket, bytes, pieceSize))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  return { port: typeof address === 'object' ? (address?.port ?? 0) : 0, close: () => server.close() }
}

async function writeInPieces(socket: Socket, bytes: string, pieceSize: number): Promise<void> {
  for (let at = 0; at < bytes.length; at += pieceSize) {
    await new Promise<void>((resolve) => socket.write(bytes.slice(at, at + pieceSize), () => resolve()))
  }
}

describe('a connection', () => {
  const chunked = 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n6\r\ndata: \r\n0\r\n\r\n'
  const counted = 'HTTP/1.1 429 Too Many Requests\r\nContent-Length: 4\r\n\r\nwait'
  for (const [name, bytes, status] of [
    ['chunked', chunked, 200],
    ['of a known length', counted, 429],
  ] as const) {
    for (const pieceSize of [1, 7, 1_000]) {
      it(`reads an answer ${name} in pieces of ${pieceSize}`, async () => {
        const server = await serverOf(bytes, pieceSize)
        const connection = openConnection({ host: '127.0.0.1', port: server.port })
        const answer = await new Promise<Answer>((resolve) => connection.send(Buffer.from('go'), resolve))
        assert.equal(answer.status, status)
        connection.close()
        server.close()
      })
    }
  }

  it('tells of an answer that breaks off', async () => {
    const server = createServer((socket) => {
      socket.once('data', () => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf'))
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const address = server.address()
    const port = typeof address === 'object' ? (address?.port ?? 0) : 0
    const connection = openConnection({ host: '127.0.0.1', port })
    const answer = await new Promise<Answer>((resolve) => connection.send(Buffer.from('go'), resolve))
    assert.equal(answer.status, 0)
    connection.close()
    server.close()
  })
})

describe('the mock upstream', () => {
  const body = '{"model": "m", "stream": true}'
  const counted = `POST /v1/a HTTP/1.1\r\nContent-Length: ${body.length}\r\n\r\n${body}`
  const chunked = `POST /v1/b HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`
  const expected = ['/v1/a', '/v1/b', '/v1/a'].map((path) => ({ path, model: 'm', stream: true }))
  for (const pieceSize of [1, 13, 10_000]) {
    it(`reads requests in pieces of ${pieceSize}`, () => {
      const seen: UpstreamRequest[] = []
      const bytes = counted + chunked + counted
      let hear: (piece: Buffer) => void = () => {}
      const socket = { on: (_event: string, listener: typeof hear) => (hear = listener) }
      readRequests(socket as unknown as Socket, (request) => seen.push(request))
      for (let at = 0; at < bytes.length; at += pieceSize) hear(Buffer.from(bytes.slice(at, at + pieceSize)))
      assert.deepEqual(seen, expected)
    })
  }
})
