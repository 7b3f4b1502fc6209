import { createServer, type Socket } from 'node:net'
import { parseArgs } from 'node:util'
import { type Answers, broken, chatAnswers, messagesAnswers, notFound } from './answers.ts'
import { chunkGapMs, models } from './models.ts'
import { readRequests, type UpstreamRequest } from './read-requests.ts'

/**
 * The mock upstream: answers on a raw socket, so that it costs less than what is measured. Prints its URL.
 * `--break-every N` answers every Nth request with 500, to prove that errors are counted.
 */
const { values } = parseArgs({ options: { 'break-every': { type: 'string' } } })
const breakEvery = Number(values['break-every'] ?? 0)
let served = 0

const server = createServer({ noDelay: true }, (socket) => {
  socket.on('error', () => socket.destroy())
  readRequests(socket, (request) => answer(socket, request))
})
server.listen(0, '127.0.0.1', () => {
  const address = server.address()
  if (address !== null && typeof address === 'object') console.log(`http://127.0.0.1:${address.port}`)
})

function answer(socket: Socket, request: UpstreamRequest): void {
  served += 1
  const answers = answersFor(request.path)
  if (answers === undefined) socket.write(notFound)
  else if (breakEvery > 0 && served % breakEvery === 0) socket.write(broken)
  else if (!request.stream) socket.write(answers.whole)
  else if (request.model === models.paced) writePaced(socket, answers.stream)
  else writeAtOnce(socket, answers.stream)
}

function answersFor(target: string): Answers | undefined {
  const path = target.split('?', 1)[0] ?? ''
  if (path.endsWith('/chat/completions')) return chatAnswers
  return path.endsWith('/messages') ? messagesAnswers : undefined
}

/** A write each, as a provider flushes them: a gateway may get several in one piece, and none is cut. */
function writeAtOnce(socket: Socket, { head, chunks, end }: Answers['stream']): void {
  socket.write(head)
  for (const chunk of chunks) socket.write(chunk)
  socket.write(end)
}

function writePaced(socket: Socket, { head, chunks, end }: Answers['stream']): void {
  socket.write(head)
  let next = 0
  const timer = setInterval(() => {
    const chunk = chunks[next]
    next += 1
    if (!socket.destroyed) socket.write(chunk ?? end)
    if (chunk === undefined || socket.destroyed) clearInterval(timer)
  }, chunkGapMs)
}
