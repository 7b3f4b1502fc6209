import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import {
  type SimulatedProviders,
  simulatedConfig,
  startGateway,
  startProcess,
  startSimulatedProviders,
} from '#testing'

let providers: SimulatedProviders
before(async () => {
  providers = await startSimulatedProviders()
})
after(() => providers.close())

const ask = (url: string, content: string, over: object = {}) =>
  fetch(`${url}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'gpt-4o-mini', messages: [{ role: 'user', content }], ...over }),
  })

test('one process answers, and ends cleanly on SIGTERM with what it had in hand', async () => {
  await using gateway = await startGateway({
    mode: 'standalone-memory',
    config: simulatedConfig(providers.url),
  })
  const [process] = gateway.apis
  assert.ok(process)
  const answer = (await (await ask(gateway.url, 'ping')).json()) as {
    choices: { message: { content: string } }[]
  }
  assert.match(answer.choices[0]?.message.content ?? '', /ping/)

  providers.script({ match: { nonce: 'held' }, behaviour: { hold: true } })
  const started = providers.callStarted({ nonce: 'held' })
  const inHand = ask(gateway.url, 'held')
  await started
  const ended = process.kill('SIGTERM')
  await process.line(/"msg":"stopping"/)
  providers.release()
  assert.equal((await inHand).status, 200)
  assert.deepEqual(await ended, { code: 0, signal: null })
  assert.match(process.stdout.at(-1) ?? '', /"msg":"stopped"/)
  assert.equal(process.stdout.filter((line) => line.includes('"msg":"request"')).length, 2)
})

test('a wrong start ends with exit code 1 and one message', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'bifrost-standalone-'))
  const path = join(directory, 'broken.json')
  await writeFile(
    path,
    JSON.stringify({
      providers: { openai: { keys: [{ value: 'sk-CANARY' }], network_config: { max_retries: 'two' } } },
    }),
  )
  const cases = [
    [['-config', path], /providers\.openai\.network_config\.max_retries/],
    [['-config', join(directory, 'none.json')], /does not exist/],
    [['-port', 'http'], /-port/],
    [[], /OPENAI_API_KEY/],
  ] as const
  for (const [args, message] of cases) {
    await using process = await startProcess({
      args: [join(import.meta.dirname, 'main.ts'), ...args],
      cwd: directory,
    })
    assert.deepEqual(await process.exited, { code: 1, signal: null }, args.join(' '))
    const text = process.stderr.join('\n')
    assert.match(text, message)
    assert.equal(/CANARY|\n\s+at /.test(text), false, text)
  }
  await rm(directory, { recursive: true })
})
