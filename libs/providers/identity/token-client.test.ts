import assert from 'node:assert/strict'
import { once } from 'node:events'
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import { GatewayError, Secret } from '#contract'
import { createTokenClient } from './token-client.ts'

test('token endpoints are reached by the proxy of the provider, the machine itself without it', async (context) => {
  const wanted: string[] = []
  const proxy = http.createServer((_request, response) => response.end('{"from":"here"}'))
  proxy.on('connect', (request, socket) => {
    wanted.push(String(request.url))
    socket.end('HTTP/1.1 403 Forbidden\r\n\r\n')
  })
  proxy.listen(0, '127.0.0.1')
  await once(proxy, 'listening')
  const url = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`
  const client = createTokenClient({ connectTimeoutMs: 2_000, proxyUrl: new Secret(url) })
  context.after(async () => {
    await client.close()
    proxy.closeAllConnections()
    proxy.close()
  })
  const asked = { method: 'GET', headers: {} }
  await assert.rejects(
    client.send({ ...asked, url: 'https://oauth2.googleapis.com/token' }),
    (error) => GatewayError.is(error) && error.kind === 'upstream-unreachable',
  )
  assert.deepEqual(wanted, ['oauth2.googleapis.com:443'])
  const answer = await client.send({ ...asked, url: `${url}/computeMetadata` })
  assert.deepEqual([answer.status, answer.text], [200, '{"from":"here"}'])
  assert.equal(wanted.length, 1)
})
