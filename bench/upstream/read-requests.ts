import type { Socket } from 'node:net'

/** One request, as much of it as decides the answer. */
export type UpstreamRequest = {
  readonly path: string
  /** The model that the body names, '' without one. */
  readonly model: string
  readonly stream: boolean
}

const headEnd = Buffer.from('\r\n\r\n')
const lastChunk = Buffer.from('0\r\n\r\n')
/** Gateways keep the large member, `messages`, in one piece: what is asked for stands before or after it. */
const edgeBytes = 2_048

type Head = { readonly path: string; readonly length: number; readonly chunked: boolean }

/**
 * Reads HTTP/1.1 requests from one connection, just far enough: no parser of Node's, no JSON, no copies of a body that
 * comes in one piece. It trusts its clients, which are the gateways under test.
 */
export function readRequests(socket: Socket, answer: (request: UpstreamRequest) => void): void {
  let pieces: Buffer[] = []
  let size = 0
  /** Bytes that the request in hand needs at least; 0 while its head is not in. */
  let needed = 0

  socket.on('data', (piece: Buffer) => {
    pieces.push(piece)
    size += piece.byteLength
    if (size >= needed) read()
  })

  function read(): void {
    let bytes = pieces.length === 1 ? (pieces[0] as Buffer) : Buffer.concat(pieces)
    needed = 0
    while (bytes.byteLength > 0) {
      const end = bytes.indexOf(headEnd)
      if (end < 0) break
      const head = readHead(bytes.toString('latin1', 0, end))
      const bodyStart = end + headEnd.byteLength
      const bodyEnd = endOfBody(bytes, bodyStart, head)
      if (bodyEnd > bytes.byteLength) {
        needed = bodyEnd
        break
      }
      answer(readBody(bytes, bodyStart, bodyEnd, head.path))
      bytes = bytes.subarray(bodyEnd)
    }
    pieces = bytes.byteLength > 0 ? [bytes] : []
    size = bytes.byteLength
  }
}

function readHead(text: string): Head {
  const path = text.slice(text.indexOf(' ') + 1, text.indexOf(' ', text.indexOf(' ') + 1))
  const length = /\r\ncontent-length: *(\d+)/i.exec(text)?.[1]
  return { path, length: Number(length ?? 0), chunked: /\r\ntransfer-encoding: *chunked/i.test(text) }
}

/** Where the body ends; past the bytes at hand when it is not whole. JSON never holds the last chunk's bytes. */
function endOfBody(bytes: Buffer, start: number, head: Head): number {
  if (!head.chunked) return start + head.length
  const last = bytes.indexOf(lastChunk, start)
  return last < 0 ? bytes.byteLength + 1 : last + lastChunk.byteLength
}

function readBody(bytes: Buffer, start: number, end: number, path: string): UpstreamRequest {
  const edges =
    end - start <= 2 * edgeBytes
      ? bytes.toString('latin1', start, end)
      : bytes.toString('latin1', start, start + edgeBytes) + bytes.toString('latin1', end - edgeBytes, end)
  return {
    path,
    model: /"model"\s*:\s*"([^"]*)"/.exec(edges)?.[1] ?? '',
    stream: /"stream"\s*:\s*true/.test(edges),
  }
}
