import { connect } from 'node:net'

/**
 * Sends one command to a Redis on this machine over a connection of its own and returns the reply as text: simple
 * strings, integers and bulk strings as their value, an array as its elements, one a line. For tests and readiness;
 * the product's connections are the store's. Rejects with Redis' own error, or when no answer comes in time.
 */
export function redisCommand(
  port: number,
  command: readonly string[],
  options: { readonly timeoutMs?: number } = {},
): Promise<string> {
  const { timeoutMs = 2_000 } = options
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1' })
    let received = ''
    socket.setEncoding('utf8')
    socket.setTimeout(timeoutMs, () => {
      socket.destroy(new Error(`Redis on port ${port} gave no answer to ${command[0]} in ${timeoutMs} ms.`))
    })
    socket.on('connect', () => socket.write(encodeCommand(command)))
    socket.on('data', (text: string) => {
      received += text
      const reply = readReply(received, 0)
      if (reply === undefined) return
      socket.end()
      if (reply.error) reject(new Error(`Redis refused ${command[0]}: ${reply.text}`))
      else resolve(reply.text)
    })
    socket.on('error', reject)
    socket.on('close', () => reject(new Error(`Redis on port ${port} closed the connection.`)))
  })
}

function encodeCommand(command: readonly string[]): string {
  const words = command.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`)
  return `*${command.length}\r\n${words.join('')}`
}

type Reply = { readonly text: string; readonly error: boolean; readonly end: number }

/** One RESP2 value; `undefined` while it is not whole. ASCII replies only, which is all that tests ask for. */
function readReply(received: string, at: number): Reply | undefined {
  const lineEnd = received.indexOf('\r\n', at)
  if (lineEnd < 0) return undefined
  const type = received[at]
  const line = received.slice(at + 1, lineEnd)
  const end = lineEnd + 2
  if (type === '$') {
    const length = Number(line)
    if (length < 0) return { text: '', error: false, end }
    if (received.length < end + length + 2) return undefined
    return { text: received.slice(end, end + length), error: false, end: end + length + 2 }
  }
  if (type === '*') return readArray(received, end, Number(line))
  return { text: line, error: type === '-', end }
}

function readArray(received: string, start: number, count: number): Reply | undefined {
  const texts: string[] = []
  let end = start
  for (let index = 0; index < count; index++) {
    const reply = readReply(received, end)
    if (reply === undefined) return undefined
    texts.push(reply.text)
    end = reply.end
  }
  return { text: texts.join('\n'), error: false, end }
}
