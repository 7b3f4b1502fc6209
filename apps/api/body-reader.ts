import type { IncomingMessage } from 'node:http'
import type { GatewayError } from '#contract'
import { clientGone } from './exchange.ts'

/*
 * A request's body in the caller's own pieces, read no faster than it is asked for.
 *
 *   paused    nobody asks: the socket is not read beyond what Node holds
 *   flowing   next() waits for a piece
 *   over      the end, an error, more than the limit, or return(): the request is left as it is, paused or not
 */

export type BodyReader = AsyncIterableIterator<Buffer, undefined> & {
  return(): Promise<IteratorResult<Buffer, undefined>>
}

type Waiter = PromiseWithResolvers<IteratorResult<Buffer, undefined>>

const done: IteratorResult<Buffer, undefined> = { done: true, value: undefined }

/** Rejects with what `tooLarge` makes above `limitBytes`, and with `cancelled` when the connection closes before the end. */
export function createBodyReader(
  request: IncomingMessage,
  options: { readonly limitBytes: number; tooLarge(): GatewayError },
): BodyReader {
  const pieces: Buffer[] = []
  let length = 0
  let over: { readonly error?: GatewayError } | undefined
  let waiter: Waiter | undefined

  function settle(error?: GatewayError): void {
    if (over !== undefined) return
    over = error === undefined ? {} : { error }
    request.off('data', onData).off('end', onEnd).off('close', onGone).off('error', onGone)
    // Stays: a socket that breaks while the rest of the upload is discarded must not become an uncaught error.
    request.on('error', () => {})
    if (waiter !== undefined) answer(waiter)
  }

  function onData(piece: Buffer): void {
    length += piece.length
    if (length > options.limitBytes) {
      pieces.length = 0
      settle(options.tooLarge())
      return
    }
    pieces.push(piece)
    request.pause()
    if (waiter !== undefined) answer(waiter)
  }

  function answer(waiting: Waiter): void {
    waiter = undefined
    const piece = pieces.shift()
    if (piece !== undefined) waiting.resolve({ done: false, value: piece })
    else if (over?.error !== undefined) waiting.reject(over.error)
    else waiting.resolve(done)
  }

  const onEnd = () => settle()
  const onGone = () => settle(clientGone())
  request.pause()
  request.on('data', onData).on('end', onEnd).on('close', onGone).on('error', onGone)
  if (request.destroyed && !request.complete) onGone()

  return {
    next() {
      const waiting: Waiter = Promise.withResolvers()
      if (pieces.length > 0 || over !== undefined) answer(waiting)
      else {
        waiter = waiting
        request.resume()
      }
      return waiting.promise
    },
    async return() {
      pieces.length = 0
      settle()
      return done
    },
    [Symbol.asyncIterator]() {
      return this
    },
  }
}
