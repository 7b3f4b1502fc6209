import type { Readable } from 'node:stream'

const keptLines = 5_000

/** The output of a process, line by line. */
export type Lines = {
  readonly stdout: readonly string[]
  readonly stderr: readonly string[]
  /** The first line, past or to come, that matches. */
  find(
    pattern: RegExp,
    options: { readonly timeoutMs?: number; readonly exited: Promise<unknown> },
  ): Promise<string>
}

export function createLines(streams: { readonly stdout: Readable; readonly stderr: Readable }): Lines {
  const stdout: string[] = []
  const stderr: string[] = []
  const watchers = new Set<(line: string) => void>()
  const tell = (line: string) => {
    for (const watcher of watchers) watcher(line)
  }
  collect(streams.stdout, stdout, tell)
  collect(streams.stderr, stderr, tell)

  return {
    stdout,
    stderr,
    find(pattern, { timeoutMs = 10_000, exited }) {
      const past = [...stdout, ...stderr].find((line) => pattern.test(line))
      if (past !== undefined) return Promise.resolve(past)
      return new Promise((resolve, reject) => {
        const settle = (act: () => void) => {
          clearTimeout(timer)
          watchers.delete(watcher)
          act()
        }
        const complain = (why: string) => () => {
          const last = [...stdout.slice(-20), ...stderr.slice(-20)].join('\n')
          settle(() => reject(new Error(`No line matched ${pattern}: ${why}. The last lines:\n${last}`)))
        }
        const watcher = (line: string) => {
          if (pattern.test(line)) settle(() => resolve(line))
        }
        const timer = setTimeout(complain(`${timeoutMs} ms went by`), timeoutMs)
        watchers.add(watcher)
        exited.then(complain('the process ended'), complain('the process did not start'))
      })
    },
  }
}

function collect(stream: Readable, lines: string[], tell: (line: string) => void): void {
  let rest = ''
  const add = (line: string) => {
    lines.push(line)
    if (lines.length > keptLines) lines.shift()
    tell(line)
  }
  stream.setEncoding('utf8')
  stream.on('data', (text: string) => {
    const parts = (rest + text).split(/\r?\n/)
    rest = parts.pop() ?? ''
    for (const line of parts) add(line)
  })
  stream.on('end', () => {
    if (rest !== '') add(rest)
  })
}
