import type { IncomingMessage, ServerResponse } from 'node:http'

/** How much more of an upload is read and thrown away after it was refused, and for how long. */
const maxDiscardedBytes = 64 * 1_048_576
const maxDiscardMs = 10_000

/**
 * Sends a whole answer. When the upload is still under way the answer goes out at once and the rest of the upload is
 * read and discarded before the connection is closed: closing it with unread bytes would reset it, and the caller would
 * see the reset instead of the answer. Bounded in bytes and time.
 */
export function endAfterUpload(
  request: IncomingMessage,
  response: ServerResponse,
  body: Uint8Array = new Uint8Array(),
): void {
  if (request.complete) {
    response.end(body)
    return
  }
  if (body.byteLength > 0) response.write(body)
  let discardedBytes = 0
  const finish = () => {
    clearTimeout(timer)
    request.off('data', onData).off('end', finish).off('close', finish)
    response.end()
  }
  const onData = (chunk: Buffer) => {
    discardedBytes += chunk.length
    if (discardedBytes > maxDiscardedBytes) finish()
  }
  const timer = setTimeout(finish, maxDiscardMs)
  request.on('data', onData).on('end', finish).on('close', finish)
  request.resume()
}
