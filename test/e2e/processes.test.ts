import assert from 'node:assert/strict'
import { Agent } from 'node:http'
import { after, before, describe, test } from 'node:test'
import OpenAI from 'openai'
import { until } from '#testing'
import { type ProcessesStage, startMs, startProcessesStage } from './processes.suite.ts'

/** Several processes on one port: what holds for one holds for all of them together. */

const rooms = [
  ['2 processes, memory', { processes: 2, redis: false }],
  ['4 processes, memory', { processes: 4, redis: false }],
  ['2 processes, Redis', { processes: 2, redis: true }],
  ['4 processes, Redis', { processes: 4, redis: true }],
] as const

for (const [name, room] of rooms) {
  describe(name, { timeout: 180_000 }, () => {
    let stage: ProcessesStage
    before(async () => {
      stage = await startProcessesStage(room)
    })
    after(() => stage.close())

    test('the connections are shared by all', async () => {
      const answers = await Promise.all(
        Array.from({ length: 4 * room.processes }, () => stage.ask('openai/gpt-4o', 'hello')),
      )
      const seen = await Promise.all(answers.map((answer) => stage.processOf(answer)))
      assert.equal(new Set(seen).size, room.processes)
    })

    test('concurrency and buffer are exact over all of them', async () => {
      stage.providers.reset()
      stage.providers.script({ match: { nonce: 'tight' }, behaviour: { hold: true } })
      const asked = Array.from({ length: 16 }, () => stage.ask('tight/gpt-4o', 'tight'))
      let refused = 0
      for (const one of asked) {
        void one.then(({ status, text }) => {
          if (status === 429 && text.includes('queue_full')) refused += 1
        })
      }
      await stage.providers.callsStarted(6, {}, { timeoutMs: startMs })
      await until(() => refused === 6)
      stage.providers.release()
      await stage.providers.callsStarted(10, {}, { timeoutMs: startMs })
      stage.providers.release()
      const answers = await Promise.all(asked)
      assert.equal(answers.filter(({ status }) => status === 200).length, 10)
      assert.equal(stage.providers.stats().openai.maxRunning, 6)
    })

    test('concurrency is never exceeded, and used', async () => {
      stage.providers.reset()
      stage.providers.script({ match: { nonce: 'wide' }, behaviour: { delayMs: 20 } })
      const answers = await Promise.all(Array.from({ length: 300 }, () => stage.ask('wide/gpt-4o', 'wide')))
      assert.ok(answers.every(({ status }) => status === 200))
      assert.equal(stage.providers.stats().openai.maxRunning, 8)
    })

    test('a rate limit is counted over all', async () => {
      const answers = await Promise.all(
        Array.from({ length: 4 * room.processes }, () => stage.ask('limited/gpt-4o', 'limited')),
      )
      assert.equal(answers.filter(({ status }) => status === 200).length, 5)
      assert.equal(answers.filter(({ status }) => status === 429).length, 4 * room.processes - 5)
    })

    test('a breaker that one process has opened is open for the others', async () => {
      stage.providers.script({ match: { nonce: 'down' }, behaviour: { error: { status: 500 } } })
      const agent = new Agent({ keepAlive: true, maxSockets: 1 })
      for (let call = 0; call < 8; call += 1) {
        assert.equal((await stage.ask('down/gpt-4o', 'down', { agent })).status, 500)
      }
      agent.destroy()
      const answers = await until(async () => {
        const each = await Promise.all(
          Array.from({ length: 2 * room.processes }, () => stage.ask('down/gpt-4o', 'down')),
        )
        return each.every(({ status }) => status === 503) ? each : undefined
      })
      assert.ok(answers.every(({ text }) => text.includes('circuit_open')))
      const seen = await Promise.all(answers.map((answer) => stage.processOf(answer)))
      assert.equal(new Set(seen).size, room.processes)
    })

    test('streams, with the official client, and metrics that are summed', async () => {
      const before = await counted(stage, 'kept')
      const client = new OpenAI({ baseURL: `${stage.url}/openai`, apiKey: 'x', maxRetries: 0 })
      const texts = await Promise.all(
        Array.from({ length: 12 }, async (_, index) => {
          const stream = await client.chat.completions.create({
            model: 'kept/gpt-4o',
            messages: [{ role: 'user', content: `stream ${index}` }],
            stream: true,
          })
          let text = ''
          for await (const event of stream) text += event.choices[0]?.delta.content ?? ''
          return text
        }),
      )
      for (const [index, text] of texts.entries()) assert.ok(text.includes(`stream ${index}`), text)
      await until(async () => (await counted(stage, 'kept')) === before + 12)
      // Whichever is asked says the same.
      for (let count = 0; count < room.processes; count += 1) {
        assert.equal(await counted(stage, 'kept'), before + 12)
      }
    })

    test('what one process keeps, the others find', async () => {
      const ask = async (path: string, body?: object) => {
        const response = await fetch(`${stage.url}/v1/responses${path}`, {
          method: body === undefined ? 'GET' : 'POST',
          headers: { 'content-type': 'application/json', connection: 'close' },
          ...(body !== undefined && { body: JSON.stringify(body) }),
        })
        return { status: response.status, json: (await response.json()) as { readonly id: string } }
      }
      const { json } = await ask('', { model: 'claude/claude-opus-4-8', input: 'My name is Ada.' })
      assert.match(json.id, /^resp_bf/)
      for (let count = 0; count < 2 * room.processes; count += 1) {
        assert.deepEqual(await ask(`/${json.id}`), { status: 200, json })
      }
    })
  })
}

async function counted(stage: ProcessesStage, provider: string): Promise<number> {
  const response = await fetch(`${stage.url}/metrics`, { headers: { connection: 'close' } })
  const text = await response.text()
  const samples = text.matchAll(/^bifrost_requests_total\{([^}]*)\} (\d+)$/gm)
  return [...samples]
    .filter(([, labels]) => labels?.includes(`provider="${provider}"`))
    .reduce((sum, [, , value]) => sum + Number(value), 0)
}
