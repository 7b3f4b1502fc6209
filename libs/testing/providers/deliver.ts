import type { ServerResponse } from 'node:http'
import { setTimeout as delay } from 'node:timers/promises'
import type { Behaviour, Fault } from './types.ts'

/** What is to be written: one part is one packet, as far as the network lets it. */
export type Delivery = {
  readonly response: ServerResponse
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  /** A string is a whole unary body, and so are bytes. */
  readonly parts: string | Uint8Array | Iterable<string | Buffer>
  /** Written in the place of the rest, for the faults that say something. */
  readonly faultParts: { readonly error: () => string | Buffer; readonly brokenJson: () => string | Buffer }
  readonly behaviour: Behaviour
  /** Aborted when the client went away. */
  readonly signal: AbortSignal
  /** Resolves when a held call may go on. */
  readonly released: () => Promise<void>
  /** Told of every write. */
  readonly wrote: (bytes: number) => void
}

const resetDelayMs = 25

/**
 * Writes an answer the way the behaviour says. Resolves when everything that will ever be written was handed to the
 * socket; a hanging call waits for the client to leave. Rejects with the signal's reason when the client left earlier.
 */
export async function deliver(delivery: Delivery): Promise<void> {
  const { response, behaviour, signal } = delivery
  if (behaviour.delayMs) await delay(behaviour.delayMs, undefined, { signal })
  if (behaviour.hold) await delivery.released()
  signal.throwIfAborted()
  if (behaviour.fault?.at === 'request') {
    await fail(delivery, behaviour.fault)
    return
  }
  response.writeHead(delivery.status, delivery.headers)
  if (behaviour.fault !== undefined) {
    if (delivery.parts instanceof Uint8Array) {
      await writeBytes(delivery, delivery.parts.subarray(0, Math.ceil(delivery.parts.length / 2)))
    } else await writeAll(delivery, halves([...listed(delivery.parts)]))
    await fail(delivery, behaviour.fault)
    return
  }
  if (typeof delivery.parts === 'string' && behaviour.sliceBytes === undefined) {
    delivery.wrote(Buffer.byteLength(delivery.parts))
    // Head and body in one system call.
    response.end(delivery.parts)
    return
  }
  if (delivery.parts instanceof Uint8Array) await writeBytes(delivery, delivery.parts)
  else await writeAll(delivery, listed(delivery.parts))
  response.end()
}

/** A string is one part, not a series of characters. */
function listed(parts: string | Iterable<string | Buffer>): Iterable<string | Buffer> {
  return typeof parts === 'string' ? [parts] : parts
}

/** The first half of the parts; of a single one, its first half. */
function halves(parts: readonly (string | Buffer)[]): readonly (string | Buffer)[] {
  const [only] = parts
  if (parts.length === 1 && only !== undefined) return [only.slice(0, Math.ceil(only.length / 2))]
  return parts.slice(0, Math.ceil(parts.length / 2))
}

async function fail(delivery: Delivery, fault: Fault): Promise<void> {
  const { response, signal } = delivery
  switch (fault.action) {
    case 'hang':
      await gone(signal)
      return
    case 'reset':
      // RST makes the peer's kernel drop what it has not read yet: let the first half be read.
      if (response.headersSent) await delay(resetDelayMs, undefined, { signal })
      response.socket?.resetAndDestroy()
      return
    case 'fin':
      response.socket?.end()
      return
    case 'close':
      response.end()
      return
    case 'error':
      await write(delivery, bytesOf(delivery.faultParts.error()))
      response.end()
      return
    case 'broken-json':
      await write(delivery, bytesOf(delivery.faultParts.brokenJson()))
      response.end()
      return
    default:
      fault satisfies never
  }
}

function bytesOf(part: string | Buffer): Buffer {
  return typeof part === 'string' ? Buffer.from(part) : part
}

async function writeAll(delivery: Delivery, parts: Iterable<string | Buffer>): Promise<void> {
  const { chunkDelayMs, sliceBytes, eventsPerPacket = 1 } = delivery.behaviour
  let count = 0
  let packet: Buffer[] = []
  for (const part of parts) {
    packet.push(bytesOf(part))
    count += 1
    if (count % eventsPerPacket !== 0) continue
    // A turn of the event loop between two packets keeps the system from joining them.
    if (count > eventsPerPacket) await pause(delivery, chunkDelayMs)
    await writePacket(delivery, packet, sliceBytes)
    packet = []
  }
  if (packet.length > 0) await writePacket(delivery, packet, sliceBytes)
}

async function writePacket(
  delivery: Delivery,
  packet: readonly Buffer[],
  sliceBytes: number | undefined,
): Promise<void> {
  const bytes = Buffer.concat(packet)
  if (sliceBytes === undefined) await write(delivery, bytes)
  else await writeSlices(delivery, bytes, sliceBytes)
}

const bytesPerPacket = 16 * 1024

async function writeBytes(delivery: Delivery, bytes: Uint8Array): Promise<void> {
  await writeSlices(delivery, Buffer.from(bytes), delivery.behaviour.sliceBytes ?? bytesPerPacket)
}

async function writeSlices(delivery: Delivery, bytes: Buffer, sliceBytes: number): Promise<void> {
  for (let at = 0; at < bytes.length; at += sliceBytes) {
    await write(delivery, bytes.subarray(at, at + sliceBytes))
    await pause(delivery, 0)
  }
}

async function pause(delivery: Delivery, ms: number | undefined): Promise<void> {
  if (ms) await delay(ms, undefined, { signal: delivery.signal })
  else await new Promise((resolve) => setImmediate(resolve))
  delivery.signal.throwIfAborted()
}

async function write(delivery: Delivery, bytes: Buffer): Promise<void> {
  const { response, signal } = delivery
  signal.throwIfAborted()
  delivery.wrote(bytes.length)
  if (response.write(bytes)) return
  await new Promise<void>((resolve, reject) => {
    const settle = () => {
      response.off('drain', settle)
      signal.removeEventListener('abort', settle)
      if (signal.aborted) reject(signal.reason)
      else resolve()
    }
    response.on('drain', settle)
    signal.addEventListener('abort', settle)
  })
}

function gone(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })
}
