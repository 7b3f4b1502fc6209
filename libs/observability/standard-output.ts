import { writeSync } from 'node:fs'
import { createLineOutput, type LineOutput } from './line-output.ts'

const standardOutputFd = 1
/** POSIX: as much goes into a pipe in one piece, or not at all (PIPE_BUF on Linux). */
const atomicBytes = 4_096
const newline = 0x0a

let opened: LineOutput | undefined

/**
 * The process's standard output for log lines: one write per turn, which never blocks on a pipe. Not pino's own
 * destination: at exit that one tries EPIPE and EAGAIN again for ever, and the process stays.
 */
export function standardOutput(isShared = false): LineOutput {
  opened ??= open(isShared)
  return opened
}

function open(isShared: boolean): LineOutput {
  // The getter has a side effect that we want: the runtime opens a pipe as one that does not block.
  void process.stdout
  const pauses = new Int32Array(new SharedArrayBuffer(4))
  const output = createLineOutput({
    write: (bytes) => writeSync(standardOutputFd, isShared ? wholeLines(bytes) : bytes),
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

/** As many lines as go out in one piece; one that is longer goes alone, and may be torn. */
export function wholeLines(bytes: Uint8Array): Uint8Array {
  if (bytes.length <= atomicBytes) return bytes
  const lastEnd = bytes.lastIndexOf(newline, atomicBytes - 1)
  return bytes.subarray(0, (lastEnd < 0 ? bytes.indexOf(newline) : lastEnd) + 1 || bytes.length)
}

function droppedLine(dropped: number): string {
  const time = new Date().toISOString()
  const msg = 'log lines were dropped: the reader of standard output did not keep up'
  return `${JSON.stringify({ level: 'warn', time, dropped, msg })}\n`
}
