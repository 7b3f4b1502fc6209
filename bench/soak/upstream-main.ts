import { createServer, type Socket } from 'node:net'
import type { Answers } from '../upstream/answers.ts'
import { readRequests, type UpstreamRequest } from '../upstream/read-requests.ts'
import { answersFor } from './answers.ts'
import { failures, refusal } from './failures.ts'

/**
 * The upstream of a soak: raw sockets like the benchmarks' own, and moody. What it does is told by what stands behind
 * `soak-` in the model's name; a model without that is answered at once. Prints its URL.
 */
const slowMs = 120
const lateMs = 1_500
const chunkGapMs = 4
let flakyCalls = 0

const server = createServer({ noDelay: true }, (socket) => {
  socket.on('error', () => socket.destroy())
  readRequests(socket, (request) => answer(socket, request))
})
server.listen(0, '127.0.0.1', () => {
  const address = server.address()
  if (address !== null && typeof address === 'object') console.log(`http://127.0.0.1:${address.port}`)
})

function answer(socket: Socket, request: UpstreamRequest): void {
  const mood = /soak-([a-z0-9]+)/.exec(`${request.path} ${request.model}`)?.[1] ?? ''
  const answers = answersFor(request.path, mood)
  const isStream = request.stream || request.path.includes('streamGenerateContent')
  const isPaced = isStream && mood === 'paced'
  const whole = () => (isStream ? writeAtOnce(socket, answers.stream) : socket.write(answers.whole))
  if (mood in failures) socket.write(failures[mood] ?? '')
  else if (mood === 'flaky' && flakyCalls++ % 3 === 0) socket.write(failures['500'] ?? '')
  else if (mood === 'refused') socket.write(refusal(1))
  else if (mood === 'slow') later(socket, slowMs, whole)
  else if (mood === 'late') later(socket, lateMs, whole)
  else if (mood === 'cut') cut(socket, answers, isStream)
  else if (isPaced) writePaced(socket, answers.stream)
  else whole()
}

/** Whoever has left by then is not answered. */
function later(socket: Socket, ms: number, task: () => void): void {
  const timer = setTimeout(() => {
    socket.off('close', stop)
    task()
  }, ms)
  const stop = () => clearTimeout(timer)
  socket.once('close', stop)
}

function writeAtOnce(socket: Socket, { head, chunks, end }: Answers['stream']): void {
  socket.cork()
  socket.write(head)
  for (const chunk of chunks) socket.write(chunk)
  socket.write(end)
  socket.uncork()
}

/** Ends in the middle: of the stream, or of a body whose length was promised. */
function cut(socket: Socket, { stream, whole }: Answers, isStream: boolean): void {
  const begun = isStream ? Buffer.concat([stream.head, ...stream.chunks.slice(0, 5)]) : whole.subarray(0, -20)
  socket.write(begun, () => socket.destroy())
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
