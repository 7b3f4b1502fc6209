import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { type ConfigSource, loadConfig, readConfigFile } from '#config'
import { GatewayError } from '#contract'
import { createLogger } from '#observability'
import type { QueueLimits } from '#queue'
import { createDeferred, until } from '#testing'
import { spokenWires } from './boot.ts'
import { createReload } from './reload.ts'

/** A process with two providers. Its broker refuses the limits of those in `refuses`, and takes others once `held` has resolved. */
async function started(context: TestContext, refuses: readonly string[] = [], held?: Promise<void>) {
  const directory = await mkdtemp(join(tmpdir(), 'bifrost-reload-'))
  context.after(() => rm(directory, { recursive: true }))
  const path = join(directory, 'config.json')
  const limits = (concurrency: number) => ({
    keys: [{ value: 'sk-one' }],
    concurrency_and_buffer_size: { concurrency, buffer_size: 1 },
  })
  const write = (concurrency: number) =>
    writeFile(
      path,
      JSON.stringify({ providers: { openai: limits(concurrency), anthropic: limits(concurrency) } }),
    )
  await write(1)
  const { config, source } = loadConfig({
    flags: { config: path },
    environment: {},
    readFile: readConfigFile,
    spokenWires,
  })
  const lines: string[] = []
  const set: (readonly [string, QueueLimits])[] = []
  const logger = createLogger({ level: 'info', destination: { write: (line) => lines.push(line) } })
  const broker = {
    async setLimits(provider: string, limit: QueueLimits) {
      if (refuses.includes(provider))
        throw new GatewayError({ kind: 'unavailable', code: 'store_unavailable', message: 'away' })
      set.push([provider, limit])
      await held
    },
  }
  const reload = (from: ConfigSource = source) => createReload({ config, source: from, logger }, broker)
  return { reload, write, path, lines, set }
}

test('limits that the store does not take are named, the others are set', async (context) => {
  const { reload, write, lines, set } = await started(context, ['openai'])
  await write(4)
  await reload()()
  assert.deepEqual(set, [['anthropic', { concurrency: 4, bufferSize: 1 }]])
  assert.match(lines[0] ?? '', /"provider":"openai".*limits not changed/)
  assert.match(lines[1] ?? '', /"limits":\{"anthropic":\{"concurrency":4,"bufferSize":1\}\}/)
})

test('a file that is gone changes nothing', async (context) => {
  const { reload, path, lines, set } = await started(context)
  await rm(path)
  await reload()()
  assert.deepEqual(set, [])
  assert.match(lines.join(), /does not exist.*nothing was changed/)
})

test('a reload that is asked for meanwhile waits, and reads what the file says then', async (context) => {
  const held = createDeferred<void>()
  const { reload, write, set } = await started(context, [], held.promise)
  const again = reload()
  const first = again()
  await until(() => set.length === 2)
  await write(2)
  const second = again()
  await write(3)
  assert.equal(set.length, 2)
  held.resolve()
  await Promise.all([first, second])
  assert.deepEqual(
    set.map(([, { concurrency }]) => concurrency),
    [1, 1, 3, 3],
  )
})

test('without a file there is nothing to read again', async (context) => {
  const { reload, lines, set } = await started(context)
  await reload({ kind: 'environment' })()
  assert.deepEqual(set, [])
  assert.match(lines.join(), /came from the environment/)
})
