import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { freePort, repositoryRoot, simulatedConfig, startProcess, until } from '#testing'
import { type ProcessesStage, startMs, startProcessesStage } from './processes.suite.ts'

/** How several processes on one port start, are replaced, and end. */

/** For what several processes do beside other tests. */
const patient = { timeoutMs: startMs }

for (const redis of [false, true]) {
  const title = redis ? 'Redis' : 'memory'

  test(`${title}: a process that is killed takes its own requests along, no others, and is replaced`, async () => {
    await using stage = await startProcessesStage({ processes: 2, redis })
    stage.providers.script({ match: { nonce: 'held' }, behaviour: { hold: true } })
    const outcomes: (number | 'cut')[] = []
    const asked = Array.from({ length: 10 }, async () => {
      const outcome = await stage.ask('tight/gpt-4o', 'held').then(
        ({ status }) => status,
        () => 'cut' as const,
      )
      outcomes.push(outcome)
    })
    await stage.providers.callsStarted(6, {}, patient)
    await until(async () => (await depth(stage, 'admitted')) === 10, patient)
    const pid = stage.pids()[1]
    assert.ok(pid)
    process.kill(pid, 'SIGKILL')
    assert.match(await stage.primary.line(/a gateway process ended/, patient), /"signal":"SIGKILL"/)
    await until(() => {
      stage.providers.release()
      return outcomes.length === 10
    }, patient)
    await Promise.all(asked)
    // Its callers are cut off. Over Redis it may have had jobs of the other one's callers, who are told so.
    const answered = outcomes.filter((outcome) => outcome !== 'cut')
    assert.ok(answered.length > 0 && answered.length < 10, outcomes.join(' '))
    assert.ok(
      answered.every((status) => status === 200 || (redis && status === 502)),
      answered.join(' '),
    )
    await stage.primary.line(/"process":3,.*"msg":"listening"/, { timeoutMs: startMs })
    // A dead worker's slots in Redis are free when its lease has lapsed.
    await until(async () => (await depth(stage, 'admitted')) === 0, patient)
    stage.providers.reset()
    const again = Array.from({ length: 10 }, () => stage.ask('tight/gpt-4o', 'again'))
    assert.ok((await Promise.all(again)).every(({ status }) => status === 200))
    assert.deepEqual(await stage.primary.kill('SIGTERM'), { code: 0, signal: null })
  })

  test(`${title}: SIGTERM drains all and loses nothing`, async () => {
    await using stage = await startProcessesStage({ processes: 2, redis })
    stage.providers.script({ match: { nonce: 'held' }, behaviour: { hold: true } })
    const asked = Array.from({ length: 10 }, () => stage.ask('tight/gpt-4o', 'held'))
    await stage.providers.callsStarted(6, {}, patient)
    await until(async () => (await depth(stage, 'admitted')) === 10, patient)
    const ended = stage.primary.kill('SIGTERM')
    for (const number of [1, 2]) {
      await stage.primary.line(new RegExp(`"process":${number},.*"msg":"stopping"`), patient)
    }
    stage.providers.release()
    await stage.providers.callsStarted(10, {}, patient)
    stage.providers.release()
    assert.ok((await Promise.all(asked)).every(({ status }) => status === 200))
    assert.deepEqual(await ended, { code: 0, signal: null })
    assert.equal(stage.providers.stats().openai.maxRunning, 6)
    assert.equal(stage.primary.stdout.filter((line) => line.includes('"msg":"request"')).length, 10)
  })
}

test('SIGHUP reaches every process, and its limits hold for all', async () => {
  await using stage = await startProcessesStage({ processes: 2, redis: false })
  const { configPath } = stage.gateway
  const config = JSON.parse(await readFile(configPath, 'utf8'))
  config.providers.tight.concurrency_and_buffer_size = { concurrency: 9, buffer_size: 4 }
  await writeFile(configPath, JSON.stringify(config))
  stage.primary.signal('SIGHUP')
  for (const number of [1, 2]) {
    await stage.primary.line(new RegExp(`"process":${number},.*configuration reloaded`), patient)
  }
  stage.providers.script({ match: { nonce: 'held' }, behaviour: { hold: true } })
  const asked = Array.from({ length: 13 }, () => stage.ask('tight/gpt-4o', 'held'))
  await stage.providers.callsStarted(9, {}, patient)
  stage.providers.release()
  await stage.providers.callsStarted(13, {}, patient)
  stage.providers.release()
  assert.ok((await Promise.all(asked)).every(({ status }) => status === 200))
  assert.equal(stage.providers.stats().openai.maxRunning, 9)
})

async function depth(stage: ProcessesStage, state: string): Promise<number> {
  const text = await (await fetch(`${stage.url}/metrics`)).text()
  return Number(
    new RegExp(`bifrost_queue_depth\\{provider="tight",state="${state}"\\} (\\d+)`).exec(text)?.[1],
  )
}

test('without its primary a process ends what it has in hand, and then itself', async () => {
  await using stage = await startProcessesStage({ processes: 2, redis: false })
  stage.providers.script({ match: { nonce: 'held' }, behaviour: { hold: true } })
  const asked = Array.from({ length: 4 }, () => stage.ask('wide/gpt-4o', 'held'))
  await stage.providers.callsStarted(4, {}, patient)
  const pids = Object.values(stage.pids())
  stage.primary.signal('SIGKILL')
  for (const number of [1, 2])
    await stage.primary.line(new RegExp(`"process":${number},.*"msg":"stopping"`), patient)
  stage.providers.release()
  assert.ok((await Promise.all(asked)).every(({ status }) => status === 200))
  await until(() => pids.every((pid) => !isRunning(pid)), patient)
})

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

test('what is wrong at start is said once, and ends all with 1', async (context) => {
  const directory = await mkdtemp(join(tmpdir(), 'bifrost-processes-'))
  context.after(() => rm(directory, { recursive: true }))
  const [good, broken] = [join(directory, 'good.json'), join(directory, 'broken.json')]
  await writeFile(good, JSON.stringify(simulatedConfig('http://127.0.0.1:1')))
  await writeFile(broken, JSON.stringify({ providers: { openai: { keys: 1 } } }))
  const port = await freePort()
  const main = join(repositoryRoot, 'apps', 'standalone', 'main.ts')
  const start = (file: string, ...more: readonly string[]) =>
    startProcess({ args: [main, '-processes', '3', '-port', String(port), '-config', file, ...more] })

  await using wrong = await start(broken)
  assert.deepEqual(await wrong.exited, { code: 1, signal: null })
  assert.equal(wrong.stderr.filter((line) => line.includes('providers.openai.keys')).length, 1)

  await using first = await start(good, '-processes', '1')
  await first.line(/"msg":"listening"/, { timeoutMs: startMs })
  await using second = await start(good)
  assert.deepEqual(await second.exited, { code: 1, signal: null })
  assert.equal(second.stderr.length, 1, second.stderr.join('\n'))
  assert.match(second.stderr[0] ?? '', /already in use.*-port/)

  const worker = join(repositoryRoot, 'apps', 'worker', 'main.ts')
  await using tier = await startProcess({ args: [worker, '-processes', '2', '-config', good] })
  assert.deepEqual(await tier.exited, { code: 1, signal: null })
  assert.match(tier.stderr.join('\n'), /-processes.*start more processes/)
})
