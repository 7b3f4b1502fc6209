import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import { test } from 'node:test'
import { within } from './within.ts'

test('what comes in time is passed on, failures too; what does not is refused by name', async () => {
  assert.equal(await within(1_000, Promise.resolve(7), 'Redis'), 7)
  await assert.rejects(within(1_000, Promise.reject(new Error('its own')), 'Redis'), /its own/)
  await assert.rejects(within(1, new Promise(() => {}), 'Redis'), /no answer from Redis within 1 ms/)
})

test('an answer that lay in the socket while this process was busy is not late', async () => {
  const server = createServer((socket) => socket.pipe(socket)).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  assert.ok(address !== null && typeof address === 'object')
  const socket = connect(address.port, '127.0.0.1')
  await once(socket, 'connect')
  for (let round = 0; round < 5; round += 1) {
    socket.write('x')
    const echoed = once(socket, 'data')
    // Lets the server echo, then stays busy until long after the limit.
    await new Promise((resolve) => setImmediate(resolve))
    const answer = within(20, echoed, 'the echo')
    const until = performance.now() + 60
    while (performance.now() < until);
    await answer
  }
  socket.destroy()
  server.close()
})
