/** The longest text that waits for a reader, in characters; lines beyond it are dropped and counted. */
const maxWaitingLength = 1_048_576
/** More than this does not wait for the end of the turn. */
const eagerLength = 65_536
const retryMs = 20
/** How long `flush` waits for a reader that does not read. */
const flushLimitMs = 1_000
/** At exit nothing else runs: a reader that is only slow gets this many more chances. */
const exitAttempts = 10
const exitPauseMs = 10

/** Lines on their way to a reader that may be slow, stuck or gone. */
export type LineOutput = {
  /** Takes one line with its newline. Never throws, never waits. */
  write(line: string): void
  /** Resolves when all lines so far are out or given up, and after a second at the latest. */
  flush(): Promise<void>
  /** Writes what is left, waiting a tenth of a second in all at most: for the end of the process. */
  writeRest(): void
}

export type LineOutputOptions = {
  /** Writes without waiting and returns how many bytes went out; throws the system's error, `EAGAIN` when none fit. */
  write(bytes: Uint8Array): number
  /** Runs `task` when the current turn is over. */
  soon(task: () => void): void
  /** Runs `task` later without keeping the process up for it. */
  after(ms: number, task: () => void): void
  /** Runs `task` later and keeps the process up until then; returns what calls it off. */
  limit(ms: number, task: () => void): () => void
  /** Waits with the whole process. */
  pause(ms: number): void
  /** The line that stands for lines which were dropped, with its newline. */
  notice(dropped: number): string
}

/**
 * Gathers lines for one write per turn.
 *
 *   idle      → write()            → gathering   a turn's lines go out together
 *   gathering → 64 Ki characters   → gathering   written at once: a long turn drops nothing that the reader could take
 *   gathering → all written        → idle
 *   gathering → EAGAIN             → stalled     the reader is slow: one more try every 20 ms
 *   stalled   → all written        → idle
 *   stalled   → 1 Mi characters    → stalled     further lines are dropped; a line says how many once there is room
 *   any       → another error      → idle        EPIPE, ENOSPC, …: what waits is dropped, the next turn tries anew
 */
export function createLineOutput(options: LineOutputOptions): LineOutput {
  let state: 'idle' | 'gathering' | 'stalled' = 'idle'
  /** Taken out of `waiting` and partly written; ends with a line's end. */
  let chunk: Uint8Array = new Uint8Array()
  let waiting = ''
  let dropped = 0
  /** The last byte that went out ended no line. */
  let isInLine = false
  let flushed: (() => void)[] = []

  const nextChunk = (): boolean => {
    if (chunk.length > 0) return true
    if (waiting === '') return false
    // A line whose rest was given up ends here, so that the next one stands alone.
    const ending = isInLine ? '\n' : ''
    const notice = dropped > 0 ? options.notice(dropped) : ''
    chunk = Buffer.from(ending + waiting + notice)
    waiting = ''
    dropped = 0
    return true
  }
  const giveUp = () => {
    dropped += countLines(chunk) + countLines(Buffer.from(waiting))
    chunk = new Uint8Array()
    waiting = ''
  }
  /** Writes until all is out, or given up; false when the reader takes no more. */
  const drain = (): boolean => {
    try {
      while (nextChunk()) {
        const count = options.write(chunk)
        if (count > 0) isInLine = chunk[count - 1] !== newline
        chunk = chunk.subarray(count)
      }
    } catch (error) {
      if (isFull(error)) return false
      giveUp()
    }
    return true
  }
  const turn = () => {
    if (!drain()) {
      state = 'stalled'
      options.after(retryMs, turn)
      return
    }
    state = 'idle'
    for (const wake of flushed) wake()
    flushed = []
  }
  return {
    write(line) {
      if (waiting.length + line.length > maxWaitingLength) {
        dropped += 1
        return
      }
      waiting += line
      if (state === 'idle') {
        state = 'gathering'
        options.soon(turn)
      } else if (state === 'gathering' && waiting.length > eagerLength && !drain()) {
        // The turn that is due goes on from there.
        state = 'stalled'
      }
    },
    flush() {
      if (state === 'idle') return Promise.resolve()
      return new Promise((resolve) => {
        const callOff = options.limit(flushLimitMs, resolve)
        flushed.push(() => {
          callOff()
          resolve()
        })
      })
    },
    writeRest() {
      for (let attempt = 0; !drain() && attempt < exitAttempts; attempt++) options.pause(exitPauseMs)
    },
  }
}

const newline = 0x0a

function isFull(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  return code === 'EAGAIN' || code === 'EBUSY'
}

function countLines(bytes: Uint8Array): number {
  let count = 0
  for (const byte of bytes) if (byte === newline) count += 1
  return count
}
