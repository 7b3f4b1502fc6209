import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createLineOutput } from './line-output.ts'

/** An output whose reader, turns and clock are the test's. */
function build() {
  const tasks: (() => void)[] = []
  let error: Error | undefined
  let room = Number.POSITIVE_INFINITY
  let text = ''
  let writes = 0
  let pauses = 0
  const limits: (() => void)[] = []
  const output = createLineOutput({
    write(bytes) {
      writes += 1
      if (error !== undefined) throw error
      const count = Math.min(room, bytes.length)
      if (count === 0) throw systemError('EAGAIN')
      room -= count
      text += Buffer.from(bytes.subarray(0, count)).toString()
      return count
    },
    soon: (task) => tasks.push(task),
    after: (_ms, task) => tasks.push(task),
    limit(_ms, task) {
      limits.push(task)
      return () => limits.splice(limits.indexOf(task), 1)
    },
    pause() {
      pauses += 1
    },
    notice: (dropped) => `dropped ${dropped}\n`,
  })
  return {
    output,
    limits,
    tasks,
    /** Runs what is due, and not what that makes due. */
    run: () => {
      for (const task of tasks.splice(0)) task()
    },
    reads: (bytes: number) => {
      room = bytes
    },
    fails: (code: string | undefined) => {
      error = code === undefined ? undefined : systemError(code)
    },
    get text() {
      return text
    },
    get writes() {
      return writes
    },
    get pauses() {
      return pauses
    },
  }
}

const systemError = (code: string) => Object.assign(new Error(code), { code })

test('the lines of a turn go out in one write', async () => {
  const built = build()
  for (const line of ['a\n', 'b\n', 'c\n']) built.output.write(line)
  assert.equal(built.writes, 0)
  built.run()
  assert.deepEqual([built.text, built.writes, built.tasks.length], ['a\nb\nc\n', 1, 0])
  await built.output.flush()
})

test('a long turn does not wait for its end', () => {
  const built = build()
  const line = `${'x'.repeat(999)}\n`
  for (let index = 0; index < 5_000; index++) built.output.write(line)
  built.run()
  assert.equal(built.text, line.repeat(5_000))
})

test('a slow reader gets every byte in order, with one try at a time', async () => {
  const built = build()
  built.reads(3)
  built.output.write('first\n')
  built.output.write('second\n')
  built.run()
  assert.equal(built.text, 'fir')
  const flushed = built.output.flush()
  built.output.write('third\n')
  built.run()
  assert.equal(built.tasks.length, 1)
  built.reads(Number.POSITIVE_INFINITY)
  built.run()
  await flushed
  assert.equal(built.text, 'first\nsecond\nthird\n')
  assert.deepEqual([built.tasks.length, built.limits.length], [0, 0])
})

test('a reader that has stopped costs bounded memory; lines beyond it are counted, and told once it reads', () => {
  const built = build()
  built.reads(0)
  const line = `${'x'.repeat(1_023)}\n`
  for (let index = 0; index < 5_000; index++) {
    built.output.write(line)
    built.run()
  }
  assert.equal(built.tasks.length, 1)
  built.reads(Number.POSITIVE_INFINITY)
  built.run()
  const lines = built.text.trimEnd().split('\n')
  const kept = lines.length - 1
  assert.ok(kept * 1_024 <= 2 * 1_048_576, `${kept} lines were kept`)
  assert.equal(lines.at(-1), `dropped ${5_000 - kept}`)
})

test('a reader that has gone costs nothing: no error, no retry', async () => {
  const built = build()
  built.fails('EPIPE')
  built.output.write('a\n')
  const flushed = built.output.flush()
  built.run()
  await flushed
  assert.equal(built.tasks.length, 0)
  built.output.writeRest()
  assert.equal(built.pauses, 0)
})

test('after a passing failure the next line stands alone and the lost ones are told', () => {
  const built = build()
  built.reads(3)
  built.output.write('whole line\n')
  built.run()
  built.fails('ENOSPC')
  built.run()
  built.fails(undefined)
  built.reads(Number.POSITIVE_INFINITY)
  built.output.write('next\n')
  built.run()
  assert.equal(built.text, 'who\nnext\ndropped 1\n')
})

test('a flush ends at its limit, and the rest at exit after a bounded number of tries', async () => {
  const built = build()
  built.reads(0)
  built.output.write('a\n')
  built.run()
  const flushed = built.output.flush()
  built.limits[0]?.()
  await flushed
  const before = built.writes
  built.output.writeRest()
  assert.deepEqual([built.writes - before, built.pauses], [11, 10])
  built.reads(Number.POSITIVE_INFINITY)
  built.output.writeRest()
  assert.equal(built.text, 'a\n')
})
