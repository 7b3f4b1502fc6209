import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { freePort, repositoryRoot, startProcess } from '#testing'
import { stops } from './tour.ts'

const script = 'apps/demo/main.ts'

test('the demo answers on every surface, prints what it did and stays up until it is told to end', async () => {
  const port = await freePort()
  await using demo = await startProcess({
    args: [script, '-port', String(port), '-host', '127.0.0.1'],
    // Neither has a part in the demo.
    env: { REDIS_URL: 'redis://127.0.0.1:1', OPENAI_API_KEY: 'sk-CANARY-shell' },
    ready: /The gateway stays up/,
  })
  const output = demo.stdout.join('\n')
  for (const stop of stops) assert.ok(output.includes(stop.title), stop.title)
  for (const text of [
    'You said: Hello from the OpenAI surface',
    '"type":"message"',
    '"object":"chat.completion"',
    '"object":"response"',
    'You said: Hello from the GenAI surface',
    'You said: Hello from the Bedrock surface',
    'You said: Hello from the Cohere surface',
    'x-bifrost-attempts: bedrock/amazon.nova-pro-v1:0=200',
  ]) {
    assert.ok(output.includes(text), text)
  }
  assert.ok(output.includes('x-bifrost-attempts: anthropic/claude-3-sonnet-20240229=200'))
  assert.ok(output.includes('data: [DONE]'))
  assert.equal(output.includes('CANARY'), false)
  assert.equal((await fetch(`http://127.0.0.1:${port}/ready`)).status, 200)
  const third = await fetch(`http://127.0.0.1:${port}/openai/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'vertex/gemini-pro', messages: [{ role: 'user', content: 'Hello' }] }),
  })
  assert.equal(third.status, 200, 'the third model of the multi-provider example')
  assert.equal(third.headers.get('x-bifrost-attempts'), 'gemini/gemini-pro=200')
  assert.deepEqual(await demo.kill('SIGINT'), { code: 0, signal: null })
})

test('the line to try shows a failover, and it is the one that the documents show', async () => {
  const port = await freePort()
  await using demo = await startProcess({
    args: [script, '-port', String(port), '-host', '127.0.0.1'],
    ready: /The gateway stays up/,
  })
  const line = demo.stdout.find((text) => /^ *curl -si /.test(text))?.trim() ?? ''
  const [, url = '', body = ''] =
    /^curl -si (\S+) -H 'content-type: application\/json' -d '(.*)'$/.exec(line) ?? []
  const answer = await fetch(url.replace('localhost', '127.0.0.1'), {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body,
  })
  assert.equal(answer.status, 200)
  assert.equal(
    answer.headers.get('x-bifrost-attempts'),
    'openai/gpt-4o-mini-simulated-503-retry-30=503,anthropic/claude-sonnet-4-5-20250929=200',
  )
  assert.match(await answer.text(), /You said: Is anybody there\?/)
  const shown = line.replace(String(port), '8080')
  for (const page of ['README.md', 'docs/traffic-policy.md']) {
    const text = await readFile(join(repositoryRoot, page), 'utf8')
    // Documents may break the line.
    assert.ok(text.replaceAll(/ *\\\n */g, ' ').includes(shown), `${page} lacks: ${shown}`)
  }
})

test('a port that is taken ends the demo with a message', async () => {
  await using first = await startProcess({
    args: [script, '-port', '0', '-host', '127.0.0.1'],
    ready: /The gateway stays up/,
  })
  const port = /up on http:\/\/localhost:(\d+)/.exec(first.stdout.join('\n'))?.[1] ?? ''
  await using second = await startProcess({ args: [script, '-port', port, '-host', '127.0.0.1'] })
  assert.deepEqual(await second.exited, { code: 1, signal: null })
  assert.match(second.stderr.join('\n'), new RegExp(`127.0.0.1:${port} is already in use.*-port`))
  assert.equal(second.stderr.length, 1)
})
