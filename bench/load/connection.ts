import { connect, type Socket } from 'node:net'

/** What became of one request. Times are of `performance.now()`. */
export type Answer = {
  /** 0 when no whole answer came. */
  readonly status: number
  readonly bodyBytes: number
  /** Status line and headers, without the blank line. */
  readonly head: string
  /** The last bytes of the body, which tell whether a stream came to its end. */
  readonly tail: string
  /** When the first piece of the body arrived. */
  readonly firstMs: number | undefined
}

export type Connection = {
  readonly busy: boolean
  /** Sends one whole request; one at a time. `onPiece` hears of each piece of the body. */
  send(request: Buffer, done: (answer: Answer) => void, onPiece?: (nowMs: number) => void): void
  close(): void
}

type Pending = {
  readonly done: (answer: Answer) => void
  readonly onPiece: ((nowMs: number) => void) | undefined
}

const headEnd = Buffer.from('\r\n\r\n')
const lastChunk = '0\r\n\r\n'
const nothing: Answer = { status: 0, bodyBytes: 0, head: '', tail: '', firstMs: undefined }

/**
 * One keep-alive HTTP/1.1 connection on a raw socket: Node's client costs more than some of what is measured.
 * A connection that breaks ends its request with status 0, and the next request opens another.
 *
 * | state     | bytes                              | broken               | send            |
 * |-----------|------------------------------------|----------------------|-----------------|
 * | idle      | –                                  | dropped, opened anew | → head          |
 * | head      | until the blank line → body        | status 0 → idle      | throws          |
 * | body      | until length or last chunk → idle  | status 0 → idle      | throws          |
 */
export function openConnection(
  target: { readonly host: string; readonly port: number },
  { tailBytes = 96 }: { readonly tailBytes?: number } = {},
): Connection {
  let socket: Socket | undefined
  let pending: Pending | undefined
  let head: Buffer = Buffer.alloc(0)
  let status = 0
  /** Body bytes to come; -1 = chunked, -2 = the head is not in. */
  let length = -2
  let bodyBytes = 0
  let headText = ''
  let tail = ''
  let firstMs: number | undefined

  function open(): Socket {
    const opened = connect({ host: target.host, port: target.port, noDelay: true })
    const broken = () => {
      if (socket !== opened) return
      socket = undefined
      opened.destroy()
      finish(nothing)
    }
    opened.on('data', onData)
    opened.on('error', broken)
    opened.on('close', broken)
    return opened
  }

  function onData(piece: Buffer): void {
    if (length !== -2) {
      onBody(piece)
      return
    }
    head = head.byteLength === 0 ? piece : Buffer.concat([head, piece])
    const end = head.indexOf(headEnd)
    if (end < 0) return
    headText = head.toString('latin1', 0, end)
    const body = head.subarray(end + headEnd.byteLength)
    head = Buffer.alloc(0)
    status = Number(headText.slice(9, 12))
    const declared = /\r\ncontent-length: *(\d+)/i.exec(headText)?.[1]
    length = declared === undefined ? -1 : Number(declared)
    if (body.byteLength > 0 || length === 0) onBody(body)
  }

  function onBody(piece: Buffer): void {
    const nowMs = performance.now()
    firstMs ??= nowMs
    pending?.onPiece?.(nowMs)
    bodyBytes += piece.byteLength
    const ending = piece.toString('latin1', Math.max(0, piece.byteLength - tailBytes))
    tail = piece.byteLength >= tailBytes ? ending : (tail + ending).slice(-tailBytes)
    const whole = length >= 0 ? bodyBytes >= length : tail.endsWith(lastChunk)
    if (whole) finish({ status, bodyBytes, head: headText, tail, firstMs })
  }

  function finish(answer: Answer): void {
    const ended = pending
    pending = undefined
    length = -2
    bodyBytes = 0
    tail = ''
    firstMs = undefined
    ended?.done(answer)
  }

  return {
    get busy() {
      return pending !== undefined
    },
    send(request, done, onPiece) {
      if (pending !== undefined) throw new Error('This connection waits for an answer.')
      pending = { done, onPiece }
      socket ??= open()
      socket.write(request)
    },
    close() {
      const closing = socket
      socket = undefined
      closing?.destroy()
      finish(nothing)
    },
  }
}
