import type { Worker } from 'node:cluster'
import type { Message, Port } from '#store/shared'

/** A batch that could not be sent needs no word: its channel closes. */
const ignore = () => {}

/** The primary's end of the way to one of its processes. */
export function portTo(worker: Worker): Port {
  return {
    send: (batch) => void worker.send(batch, ignore),
    onBatch: (listener) => void worker.on('message', (batch: readonly Message[]) => listener(batch)),
    onClose: (listener) => void worker.once('disconnect', listener),
  }
}

/** A process's end of the way to its primary. */
export function portToPrimary(): Port {
  return {
    send: (batch) => void process.send?.(batch, undefined, undefined, ignore),
    onBatch: (listener) => void process.on('message', (batch: readonly Message[]) => listener(batch)),
    onClose: (listener) => void process.once('disconnect', listener),
  }
}
