import { once } from 'node:events'
import { createServer } from 'node:net'

/*
 * Test files run beside each other, and a port that is free now may be another file's a moment later: then one's clients talk
 * to the other's gateway, which is ready and answers. So each process hands out ports of a slice of its own, below those that
 * the system gives to connections, and none of them twice.
 */

const firstPort = 10_000
const slices = 440
const slicePorts = 50

const begin = firstPort + (process.pid % slices) * slicePorts
let next = 0

/** A port that nobody listens on, and that no test beside this one will be given. Where a server can listen on port 0 itself, let it. */
export async function freePort(): Promise<number> {
  for (let tries = 0; tries < slicePorts; tries++) {
    const port = begin + (next++ % slicePorts)
    if (await isFree(port)) return port
  }
  throw new Error(`all ports from ${begin} to ${begin + slicePorts - 1} are taken`)
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer()
  try {
    server.listen(port, '0.0.0.0')
    await once(server, 'listening')
  } catch {
    return false
  }
  server.close()
  await once(server, 'close')
  return true
}
