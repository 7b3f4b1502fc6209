import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import http from 'node:http'
import https from 'node:https'
import net, { type AddressInfo } from 'node:net'
import { type TestContext, test } from 'node:test'
import { GatewayError, Secret } from '#contract'
import type { TransportOptions } from '../types.ts'
import { createTransport } from './create-transport.ts'

const cert = readFileSync(new URL('fixtures/localhost.cert.pem', import.meta.url), 'utf8')
const key = readFileSync(new URL('fixtures/localhost.key.pem', import.meta.url), 'utf8')

async function listen(context: TestContext, server: net.Server): Promise<number> {
  const sockets = new Set<net.Socket>()
  server.on('connection', (socket: net.Socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  context.after(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return (server.address() as AddressInfo).port
}

function transportFor(context: TestContext, options: Partial<TransportOptions> = {}) {
  const transport = createTransport({ connectTimeoutMs: 5000, ...options })
  context.after(() => transport.close())
  return transport
}

function request(url: string, signal: AbortSignal = new AbortController().signal) {
  return { url, headers: { 'content-type': 'application/json' }, body: Buffer.from('{"a":1}'), signal }
}

async function read(body: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = []
  for await (const chunk of body) chunks.push(chunk)
  return Buffer.concat(chunks).toString()
}

async function failure(promise: Promise<unknown>): Promise<GatewayError> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  assert.ok(GatewayError.is(error), `expected a GatewayError, got ${String(error)}`)
  return error
}

test('posts the bytes as they are and gives status, lower-case headers and body', async (context) => {
  const seen: { body: string; headers: http.IncomingHttpHeaders; method: string | undefined }[] = []
  const server = http.createServer(async (incoming, outgoing) => {
    seen.push({ body: await read(incoming), headers: incoming.headers, method: incoming.method })
    outgoing.writeHead(201, { 'X-One': 'a', 'X-Two': ['b', 'c'] })
    outgoing.end('{"ok":true}')
  })
  const port = await listen(context, server)
  const response = await transportFor(context).send(request(`http://127.0.0.1:${port}/v1/x?y=1`))
  assert.equal(response.status, 201)
  assert.equal(response.headers['x-one'], 'a')
  assert.equal(response.headers['x-two'], 'b, c')
  assert.equal(await read(response.body), '{"ok":true}')
  assert.equal(seen[0]?.body, '{"a":1}')
  assert.equal(seen[0]?.method, 'POST')
  assert.equal(seen[0]?.headers['accept-encoding'], 'identity')
  assert.equal(seen[0]?.headers['content-length'], '7')
})

test('a request that undici refuses at once fails once, whatever comes after', async (context) => {
  const transport = transportFor(context, { proxyUrl: new Secret('http://127.0.0.1:1') })
  const aborting = new AbortController()
  const { headers, ...rest } = request('http://127.0.0.1:1/', aborting.signal)
  const refused = { ...rest, headers: { ...headers, 'proxy-authorization': 'Basic x' } }
  const error = await failure(transport.send(refused))
  assert.equal(`${error.kind} ${error.code}`, 'internal invalid_upstream_request')
  const unhandled: unknown[] = []
  const note = (reason: unknown) => void unhandled.push(reason)
  process.on('unhandledRejection', note)
  context.after(() => process.off('unhandledRejection', note))
  aborting.abort(new Error('the caller left'))
  // Rejections that nobody handles are told before the next turn of the event loop.
  await new Promise((resolve) => setImmediate(resolve))
  assert.deepEqual(unhandled, [])
})

test('does not follow a redirect', async (context) => {
  const server = http.createServer((_incoming, outgoing) => {
    outgoing.writeHead(307, { location: 'http://127.0.0.1:1/elsewhere' }).end()
  })
  const port = await listen(context, server)
  const response = await transportFor(context).send(request(`http://127.0.0.1:${port}/`))
  assert.equal(response.status, 307)
})

test('uses a socket again once an answer was read', async (context) => {
  let connections = 0
  const server = http.createServer((_incoming, outgoing) => outgoing.end('x'))
  server.on('connection', () => connections++)
  const port = await listen(context, server)
  const transport = transportFor(context)
  for (let round = 0; round < 10; round++) {
    await read((await transport.send(request(`http://127.0.0.1:${port}/`))).body)
  }
  // undici takes a socket back a turn of the event loop later, so a reader in a hurry uses two.
  assert.ok(connections <= 2, `${connections} connections for 10 requests`)
})

test('a long answer to a slow reader arrives whole', async (context) => {
  const text = 'x'.repeat(3_000_000)
  const server = http.createServer((_incoming, outgoing) => outgoing.end(text))
  const port = await listen(context, server)
  const { body } = await transportFor(context).send(request(`http://127.0.0.1:${port}/`))
  let length = 0
  for await (const chunk of body) {
    await new Promise((resolve) => setImmediate(resolve))
    length += chunk.length
  }
  assert.equal(length, text.length)
})

test('a name that does not resolve is dns_failed', async (context) => {
  const error = await failure(transportFor(context).send(request('http://nobody.invalid/')))
  assert.equal(error.kind, 'upstream-unreachable')
  assert.equal(error.code, 'dns_failed')
})

test('a port that nobody listens on is connection_refused', async (context) => {
  const server = net.createServer()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  const error = await failure(transportFor(context).send(request(`http://127.0.0.1:${port}/`)))
  assert.equal(error.kind, 'upstream-unreachable')
  assert.equal(error.code, 'connection_refused')
})

test('a peer that accepts and never shakes hands is connect_timeout', async (context) => {
  const port = await listen(context, net.createServer())
  const transport = transportFor(context, { connectTimeoutMs: 50 })
  const error = await failure(transport.send(request(`https://127.0.0.1:${port}/`)))
  assert.equal(error.kind, 'upstream-unreachable')
  assert.equal(error.code, 'connect_timeout')
})

test('a peer that hangs up in the handshake is tls_failed', async (context) => {
  const port = await listen(
    context,
    net.createServer((socket) => socket.destroy()),
  )
  const error = await failure(transportFor(context).send(request(`https://127.0.0.1:${port}/`)))
  assert.equal(error.code, 'tls_failed')
})

test('certificates: refused unless the CA is given or checking is off', async (context) => {
  const server = https.createServer({ cert, key }, (_incoming, outgoing) => outgoing.end('secure'))
  const port = await listen(context, server)
  const url = `https://localhost:${port}/`
  const refused = await failure(transportFor(context).send(request(url)))
  assert.equal(refused.kind, 'upstream-unreachable')
  assert.equal(refused.code, 'tls_failed')
  for (const options of [{ caCertPem: cert }, { insecureSkipVerify: true }]) {
    const response = await transportFor(context, options).send(request(url))
    assert.equal(await read(response.body), 'secure')
  }
})

test('a socket closed after the request was written is upstream_connection_lost', async (context) => {
  const port = await listen(
    context,
    net.createServer((socket) => socket.once('data', () => socket.destroy())),
  )
  const error = await failure(transportFor(context).send(request(`http://127.0.0.1:${port}/`)))
  assert.equal(error.kind, 'upstream-failed')
  assert.equal(error.code, 'upstream_connection_lost')
})

test('an idle socket that the peer closes after the next request was written is not tried again', async (context) => {
  let requests = 0
  const server = net.createServer((socket) =>
    socket.on('data', () => {
      requests++
      if (requests === 1) socket.write('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok')
      else socket.destroy()
    }),
  )
  const port = await listen(context, server)
  const transport = transportFor(context)
  const url = `http://127.0.0.1:${port}/`
  await read((await transport.send(request(url))).body)
  const error = await failure(transport.send(request(url)))
  assert.equal(error.code, 'upstream_connection_lost')
  assert.equal(requests, 2)
})

for (const [name, head] of [
  ['a length', 'content-length: 100'],
  ['chunks', 'transfer-encoding: chunked'],
  ['chunks on a closing connection', 'connection: close\r\ntransfer-encoding: chunked'],
] as const) {
  test(`a body cut short of ${name} gives what came, then upstream_connection_lost`, async (context) => {
    const port = await listen(
      context,
      net.createServer((socket) =>
        socket.once('data', () => socket.end(`HTTP/1.1 200 OK\r\n${head}\r\n\r\n5\r\nhello\r\n`)),
      ),
    )
    const { body } = await transportFor(context).send(request(`http://127.0.0.1:${port}/`))
    let text = ''
    const reading = (async () => {
      for await (const chunk of body) text += Buffer.from(chunk).toString()
    })()
    assert.equal((await failure(reading)).code, 'upstream_connection_lost')
    assert.match(text, /hello/)
  })
}

test('an answer that is not HTTP is upstream_bad_response', async (context) => {
  const port = await listen(
    context,
    net.createServer((socket) => socket.once('data', () => socket.end('220 mail.example ESMTP\r\n'))),
  )
  const error = await failure(transportFor(context).send(request(`http://127.0.0.1:${port}/`)))
  assert.equal(error.code, 'upstream_bad_response')
})

const gone = new GatewayError({ kind: 'cancelled', code: 'client_gone', message: 'The client left.' })

test('abort before the answer rejects with the reason and closes the socket', async (context) => {
  const server = http.createServer()
  const port = await listen(context, server)
  const controller = new AbortController()
  const sending = failure(transportFor(context).send(request(`http://127.0.0.1:${port}/`, controller.signal)))
  const [incoming] = await once(server, 'request')
  const closed = once(incoming.socket, 'close')
  controller.abort(gone)
  assert.equal(await sending, gone)
  await closed
})

test('abort in the middle of the body rejects with the reason and closes the socket', async (context) => {
  const server = http.createServer((_incoming, outgoing) => outgoing.write('first'))
  const port = await listen(context, server)
  const controller = new AbortController()
  const requested = once(server, 'request')
  const { body } = await transportFor(context).send(request(`http://127.0.0.1:${port}/`, controller.signal))
  const [incoming] = await requested
  const closed = once(incoming.socket, 'close')
  const reader = body[Symbol.asyncIterator]()
  assert.equal(Buffer.from((await reader.next()).value).toString(), 'first')
  const next = reader.next()
  controller.abort(gone)
  await assert.rejects(next, gone)
  await closed
})

test('abort while connecting rejects at once and the request is never written', async (context) => {
  let bytes = 0
  const accepted = Promise.withResolvers<net.Socket>()
  const server = net.createServer((socket) => {
    socket.on('data', (chunk) => {
      bytes += chunk.length
    })
    accepted.resolve(socket)
  })
  const port = await listen(context, server)
  const controller = new AbortController()
  const transport = transportFor(context)
  const sending = failure(transport.send(request(`http://127.0.0.1:${port}/`, controller.signal)))
  controller.abort(gone)
  assert.equal(await sending, gone)
  const socket = await accepted.promise
  const closed = once(socket, 'close')
  await transport.close()
  await closed
  assert.equal(bytes, 0)
})

test('a signal that was aborted before rejects without connecting', async (context) => {
  const transport = transportFor(context)
  assert.equal(await failure(transport.send(request('http://127.0.0.1:1/', AbortSignal.abort(gone)))), gone)
})

test('a reader that leaves closes the socket', async (context) => {
  const server = http.createServer((_incoming, outgoing) => outgoing.write('first'))
  const port = await listen(context, server)
  const requested = once(server, 'request')
  const { body } = await transportFor(context).send(request(`http://127.0.0.1:${port}/`))
  const [incoming] = await requested
  const closed = once(incoming.socket, 'close')
  for await (const _chunk of body) break
  await closed
})

test('close ends a request in flight with draining', async (context) => {
  const server = http.createServer()
  const port = await listen(context, server)
  const transport = createTransport({ connectTimeoutMs: 5000 })
  const sending = failure(transport.send(request(`http://127.0.0.1:${port}/`)))
  await once(server, 'request')
  await transport.close()
  assert.equal((await sending).code, 'draining')
})

async function startProxy(context: TestContext, answer: 'tunnel' | 'refuse' | 'silence') {
  const seen: string[] = []
  const server = http.createServer((incoming, outgoing) => {
    seen.push(`${incoming.method} ${incoming.url} ${incoming.headers['proxy-authorization'] ?? ''}`)
    outgoing.end('by proxy')
  })
  server.on('connect', (incoming: http.IncomingMessage, socket: net.Socket) => {
    seen.push(`CONNECT ${incoming.url} ${incoming.headers['proxy-authorization'] ?? ''}`)
    if (answer === 'refuse') socket.end('HTTP/1.1 407 Proxy Authentication Required\r\n\r\n')
    if (answer !== 'tunnel') return
    const [host, port] = String(incoming.url).split(':')
    const upstream = net.connect(Number(port), host, () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n')
      upstream.pipe(socket).pipe(upstream)
    })
    upstream.on('error', () => socket.destroy())
    socket.on('error', () => upstream.destroy())
  })
  const port = await listen(context, server)
  return { seen, proxyUrl: new Secret(`http://user:pass@127.0.0.1:${port}`) }
}

const basic = `Basic ${Buffer.from('user:pass').toString('base64')}`

test('through a proxy: TLS in a tunnel, with the proxy credential for the proxy only', async (context) => {
  let authorization: string | undefined = 'unset'
  const server = https.createServer({ cert, key }, (incoming, outgoing) => {
    authorization = incoming.headers['proxy-authorization']
    outgoing.end('secure')
  })
  const port = await listen(context, server)
  const { seen, proxyUrl } = await startProxy(context, 'tunnel')
  const transport = transportFor(context, { proxyUrl, caCertPem: cert })
  const response = await transport.send(request(`https://localhost:${port}/`))
  assert.equal(await read(response.body), 'secure')
  assert.deepEqual(seen, [`CONNECT localhost:${port} ${basic}`])
  assert.equal(authorization, undefined)
})

test('through a proxy: plain HTTP is forwarded', async (context) => {
  const { seen, proxyUrl } = await startProxy(context, 'tunnel')
  const response = await transportFor(context, { proxyUrl }).send(request('http://nobody.invalid/x'))
  assert.equal(await read(response.body), 'by proxy')
  assert.deepEqual(seen, [`POST http://nobody.invalid/x ${basic}`])
})

for (const [answer, code] of [
  ['refuse', 'connect_failed'],
  ['silence', 'connect_timeout'],
] as const) {
  test(`a proxy that answers with ${answer} is ${code}`, async (context) => {
    const { proxyUrl } = await startProxy(context, answer)
    const transport = transportFor(context, { proxyUrl, connectTimeoutMs: 100 })
    const error = await failure(transport.send(request('https://nobody.invalid/')))
    assert.equal(error.kind, 'upstream-unreachable')
    assert.equal(error.code, code)
  })
}

test('a header value that HTTP cannot carry is our fault, not the network', async (context) => {
  const sending = transportFor(context).send({
    ...request('http://127.0.0.1:1/'),
    headers: { 'x-a': 'b\r\nc: d' },
  })
  assert.equal((await failure(sending)).kind, 'internal')
})
