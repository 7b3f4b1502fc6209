import { writeSync } from 'node:fs'
import { createLineOutput, type LineOutput } from './line-output.ts'

const standardOutputFd = 1

let opened: LineOutput | undefined

/**
 * The process's standard output for log lines: one write per turn, which never blocks on a pipe. Not pino's own
 * destination: at exit that one tries EPIPE and EAGAIN again for ever, and the process stays.
 */
export function standardOutput(): LineOutput {
  opened ??= open()
  return opened
}

function open(): LineOutput {
  // The getter has a side effect that we want: the runtime opens a pipe as one that does not block.
  void process.stdout
  const pauses = new Int32Array(new SharedArrayBuffer(4))
  const output = createLineOutput({
    write: (bytes) => writeSync(standardOutputFd, bytes),
    soon: (task) => void setImmediate(task),
    after: (ms, task) => void setTimeout(task, ms).unref(),
    limit(ms, task) {
      const timer = setTimeout(task, ms)
      return () => clearTimeout(timer)
    },
    pause: (ms) => void Atomics.wait(pauses, 0, 0, ms),
    notice: droppedLine,
  })
  process.on('exit', () => output.writeRest())
  return output
}

function droppedLine(dropped: number): string {
  const time = new Date().toISOString()
  const msg = 'log lines were dropped: the reader of standard output did not keep up'
  return `${JSON.stringify({ level: 'warn', time, dropped, msg })}\n`
}
