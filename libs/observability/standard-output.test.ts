import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { test } from 'node:test'

/** Logs until it hears SIGTERM, then flushes and ends, as a process of ours does. */
const script = `
import { createLogger } from './libs/observability/index.ts'
const logger = createLogger({ level: 'info' })
const fill = 'x'.repeat(1000)
process.on('SIGTERM', async () => {
  for (let index = 0; index < 2000; index++) logger.info({ index, fill }, 'line')
  logger.info({}, 'stopped')
  await logger.flush()
  process.exit(0)
})
setInterval(() => {}, 1000)
logger.info({}, 'listening')
`

function start(): ChildProcess & { stdout: NonNullable<ChildProcess['stdout']> } {
  return spawn(process.execPath, ['--input-type=module', '-e', script], {
    cwd: new URL('../..', import.meta.url),
    stdio: ['ignore', 'pipe', 'inherit'],
  })
}

const limit = { timeout: 20_000 }

test('a process ends although the reader of its log is gone', limit, async (t) => {
  const child = start()
  t.after(() => child.kill('SIGKILL'))
  await once(child.stdout, 'data')
  const ended = once(child, 'exit')
  child.stdout.destroy()
  child.kill('SIGTERM')
  assert.deepEqual(await ended, [0, null])
})

test('a process ends although nobody reads its log', limit, async (t) => {
  const child = start()
  t.after(() => child.kill('SIGKILL'))
  await once(child.stdout, 'data')
  child.stdout.pause()
  const ended = once(child, 'exit')
  child.kill('SIGTERM')
  assert.deepEqual(await ended, [0, null])
})

test('a reader gets every line, whole and in order', limit, async (t) => {
  const child = start()
  t.after(() => child.kill('SIGKILL'))
  let text = ''
  child.stdout.setEncoding('utf8').on('data', (data: string) => {
    text += data
  })
  await once(child.stdout, 'data')
  const ended = once(child, 'close')
  child.kill('SIGTERM')
  assert.deepEqual(await ended, [0, null])
  const lines = text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as { index?: number; dropped?: number; msg: string })
  const dropped = lines.reduce((sum, line) => sum + (line.dropped ?? 0), 0)
  const indexes = lines.flatMap((line) => line.index ?? [])
  assert.deepEqual(
    indexes,
    [...indexes].sort((a, b) => a - b),
  )
  assert.ok(lines.length > 900)
  assert.equal(lines.filter((line) => line.dropped === undefined).length + dropped, 2_002)
})
