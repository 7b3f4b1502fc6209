import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type IncomingMessage, request } from 'node:http'
import { after, afterEach, before, describe, it } from 'node:test'
import type { JsonObject } from '#contract'
import { until } from '../conditions.ts'
import { replay, type SimulatedProviders, simulatedKeys, startSimulatedProviders } from './index.ts'

describe('simulated providers', () => {
  let providers: SimulatedProviders
  before(async () => {
    providers = await startSimulatedProviders()
  })
  afterEach(() => providers.reset())
  after(() => providers.close())

  const chat = (model: string, content: string, extra: JsonObject = {}) =>
    JSON.stringify({ model, messages: [{ role: 'user', content }], ...extra })

  /** Sends over a bare socket, so that nothing hides how the answer ends. */
  function send(body: string) {
    const call = request(`${providers.url}/v1/chat/completions`, {
      method: 'POST',
      agent: false,
      headers: { authorization: `Bearer ${simulatedKeys.openai}`, 'content-type': 'application/json' },
    })
    // A cut connection is what some of these tests are about; each asserts it where it expects it.
    call.on('error', () => {})
    call.end(body)
    return call
  }

  async function answer(body: string): Promise<IncomingMessage> {
    const [response] = (await once(send(body), 'response')) as [IncomingMessage]
    return response
  }

  async function read(response: IncomingMessage) {
    const packets: Buffer[] = []
    response.on('data', (packet: Buffer) => packets.push(packet))
    const failed = await new Promise<NodeJS.ErrnoException | undefined>((resolve) => {
      response.on('end', () => resolve(undefined))
      response.on('error', resolve)
    })
    return { text: Buffer.concat(packets).toString(), packets: packets.length, code: failed?.code }
  }

  const streamed = { stream: true }

  it('ends a stream in the middle in four ways, none with its natural end', async () => {
    const text = 'a b c d e f g h'
    const closed = await read(await answer(chat('simulated-close-mid-stream', text, streamed)))
    assert.equal(closed.code, undefined)
    const reset = await read(await answer(chat('simulated-reset-mid-stream', text, streamed)))
    assert.equal(reset.code, 'ECONNRESET')
    const fin = await read(await answer(chat('simulated-fin-mid-stream', text, streamed)))
    assert.equal(fin.code, 'ECONNRESET')
    const broken = await read(await answer(chat('simulated-broken-json', text, streamed)))
    assert.equal(broken.code, undefined)
    assert.match(broken.text, /"chat\.completion\.ch\n\n$/)
    for (const { text: body } of [closed, reset, fin, broken]) {
      assert.match(body, /"content":" a"/)
      assert.doesNotMatch(body, /\[DONE\]/)
    }
  })

  it('cuts a unary answer in the middle', async () => {
    const broken = await read(await answer(chat('simulated-broken-json', 'x')))
    assert.equal(broken.code, undefined)
    assert.match(broken.text, /^\{\n {2}"id"/)
    assert.throws(() => JSON.parse(broken.text), SyntaxError)
    const reset = await read(await answer(chat('simulated-reset-mid-stream', 'x')))
    assert.equal(reset.code, 'ECONNRESET')
  })

  it('resets once it has read the whole request', async () => {
    const call = send(chat('simulated-reset-after-request', 'reset me'))
    const [error] = (await once(call, 'error')) as [NodeJS.ErrnoException]
    assert.equal(error.code, 'ECONNRESET')
    const seen = await providers.callEnded({ nonce: 'reset me' })
    assert.equal(seen.closedByClient, false)
  })

  it('answers HTML where JSON is due', async () => {
    const response = await answer(chat('simulated-html', 'x'))
    assert.equal(response.statusCode, 200)
    assert.match(response.headers['content-type'] ?? '', /^text\/html/)
    assert.match((await read(response)).text, /<!DOCTYPE html>/)
  })

  it('hangs until the client leaves, and says so', async () => {
    const call = send(chat('simulated-hang', 'nonce-hang'))
    const started = await providers.callStarted({ nonce: 'nonce-hang' })
    assert.equal(started.endedAt, undefined)
    assert.equal(providers.stats().openai.running, 1)
    call.destroy()
    const closed = await providers.clientClosed({ nonce: 'nonce-hang' })
    assert.equal(closed, started)
    assert.ok(closed.endedAt)
    assert.equal(providers.stats().openai.running, 0)
  })

  it('stalls in the middle until the client leaves', async () => {
    const response = await answer(chat('gpt-4o-simulated-stall-mid-stream', 'a b c d', streamed))
    await once(response, 'data')
    response.destroy()
    const call = await providers.clientClosed({ model: 'gpt-4o-simulated-stall-mid-stream' })
    assert.equal(call.status, 200)
    assert.ok(call.responseBytes > 0)
  })

  it('holds calls, counts how many run at once, and lets them go', async () => {
    const answers = ['one', 'two', 'three'].map((text) => answer(chat('simulated-hold', text)))
    await providers.callsStarted(3)
    assert.deepEqual(providers.stats().openai, { running: 3, maxRunning: 3, total: 3 })
    assert.equal(providers.release(), 3)
    for (const response of await Promise.all(answers)) {
      assert.match((await read(response)).text, /You said: (one|two|three)/)
    }
    await providers.callEnded({ nonce: 'three' })
    assert.deepEqual(providers.stats().openai, { running: 0, maxRunning: 3, total: 3 })
    assert.equal(providers.stats().anthropic.total, 0)
  })

  it('writes byte by byte without changing a byte', async () => {
    const split = await read(await answer(chat('simulated-byte-split', 'é 漢 🙂', streamed)))
    assert.ok(split.packets > 500, `only ${split.packets} packets`)
    const pieces = [...split.text.matchAll(/"content":"([^"]+)"/g)].map((match) => match[1])
    assert.equal(pieces.join(''), 'You said: é 漢 🙂')
    assert.match(split.text, /data: \[DONE\]\n\n$/)
  })

  it('streams as many chunks and bytes as asked', async () => {
    const long = await read(await answer(chat('simulated-long-stream-200', 'nonce-long', streamed)))
    assert.match(long.text, /nonce-long/)
    assert.equal([...long.text.matchAll(/"content":"[^"]+"/g)].length, 200)
    const big = await read(await answer(chat('simulated-big-stream-2', 'x', streamed)))
    assert.ok(big.text.length > 2 * 1024 * 1024)
    assert.match(big.text, /data: \[DONE\]\n\n$/)
  })

  it('stops reading ahead when the client does not read', async () => {
    const response = await answer(chat('simulated-big-stream-64', 'nonce-slow', streamed))
    response.pause()
    const call = await providers.callStarted({ nonce: 'nonce-slow' })
    let written = -1
    await until(
      () => {
        const stands = call.responseBytes === written
        written = call.responseBytes
        return stands && written > 0
      },
      { what: 'the writing to stand still', intervalMs: 50 },
    )
    response.destroy()
    await providers.clientClosed({ nonce: 'nonce-slow' })
    assert.ok(call.responseBytes < 32 * 1024 * 1024, `${call.responseBytes} bytes were written`)
  })

  it('follows scripts before the name of the model, as often as they say', async () => {
    providers.script({ match: { nonce: 'flaky' }, behaviour: { error: { status: 503 } }, times: 1 })
    providers.script({ match: { model: 'gpt-4' }, behaviour: { text: 'scripted' } })
    assert.equal((await answer(chat('gpt-4o', 'flaky'))).statusCode, 503)
    assert.equal((await answer(chat('gpt-4o', 'flaky'))).statusCode, 200)
    assert.match((await read(await answer(chat('gpt-4', 'x')))).text, /"content": "scripted"/)
  })

  it('follows scripts for one key of several', async () => {
    providers.script({ match: { key: `${simulatedKeys.openai}-b` }, behaviour: { error: { status: 429 } } })
    const statusWith = async (key: string) => {
      const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' }
      const body = chat('gpt-4o', 'x')
      return (await fetch(`${providers.url}/v1/chat/completions`, { method: 'POST', headers, body })).status
    }
    assert.equal(await statusWith(`${simulatedKeys.openai}-a`), 200)
    assert.equal(await statusWith(`${simulatedKeys.openai}-b`), 429)
  })

  it('replays recorded bytes', async () => {
    const recorded = 'data: {"a":1.0}\n\n: comment\n\ndata: {"b":"漢"}\r\n\r\ndata: [DONE]\n\n'
    const behaviour = replay(recorded, { sliceBytes: 3 })
    assert.equal(behaviour.raw?.parts.length, 4)
    providers.script({ behaviour })
    const response = await answer(chat('gpt-4o', 'x', streamed))
    assert.match(response.headers['content-type'] ?? '', /^text\/event-stream/)
    assert.equal((await read(response)).text, recorded)
  })

  it('remembers what it was asked, headers and bytes', async () => {
    const body = chat('gpt-4o', 'nonce-log')
    await read(await answer(body))
    const call = await providers.callEnded({ nonce: 'nonce-log' })
    assert.equal(call.body.toString(), body)
    assert.equal(call.requestBytes, body.length)
    assert.equal(call.headers.authorization, `Bearer ${simulatedKeys.openai}`)
    assert.equal(call.status, 200)
    assert.ok((call.endedAt ?? 0) >= call.startedAt)
    assert.equal(call.closedByClient, false)
  })

  it('remembers refused calls too', async () => {
    await read(await answer('{"model"'))
    const call = await providers.callEnded()
    assert.equal(call.status, 400)
    assert.equal(call.model, undefined)
  })

  it('says what it waited for in vain', async () => {
    await assert.rejects(
      providers.callStarted({ nonce: 'never' }, { timeoutMs: 1 }),
      /seen 0 of 1 calls started that fit \{"nonce":"never"\}/,
    )
  })

  it('is read and steered over HTTP', async () => {
    const get = async (path: string) => {
      const response = await fetch(`${providers.url}/_simulated/${path}`)
      return JSON.parse(await response.text())
    }
    const post = async (path: string, body?: unknown) => {
      const response = await fetch(`${providers.url}/_simulated/${path}`, {
        method: 'POST',
        ...(body !== undefined && { body: JSON.stringify(body) }),
      })
      return { status: response.status, body: (await response.json()) as unknown }
    }
    await post('script', { match: { model: 'gpt-4o' }, behaviour: { hold: true } })
    const answered = answer(chat('gpt-4o', 'nonce-http'))
    await providers.callStarted({ nonce: 'nonce-http' })
    assert.equal((await get('stats')).openai.running, 1)
    assert.deepEqual(await post('release'), { status: 200, body: { released: 1 } })
    await read(await answered)
    await providers.callEnded({ nonce: 'nonce-http' })
    const [call] = await get('calls')
    assert.equal(call.nonce, 'nonce-http')
    assert.equal('body' in call, false)
    assert.deepEqual(await get(`calls?since=${call.id}`), [])
    assert.equal((await post('script', { nothing: 1 })).status, 400)
    assert.equal((await post('nonsense')).status, 404)
    await post('reset')
    assert.deepEqual(await get('calls'), [])
    assert.equal((await get('stats')).openai.total, 0)
  })
})

describe('options of simulated providers', () => {
  it('accepts any key, more models and unknown members when told to, and bounds its memory', async () => {
    await using providers = await startSimulatedProviders({
      acceptAnyKey: true,
      acceptUnknownParameters: true,
      models: { openai: ['llama-3'] },
      keepCalls: 2,
    })
    for (let count = 0; count < 9; count++) {
      const response = await fetch(`${providers.url}/v1/chat/completions`, {
        method: 'POST',
        headers: { authorization: 'Bearer anything' },
        body: '{"model":"llama-3","messages":[{"role":"user","content":"x"}],"new_member":1.0}',
      })
      assert.equal(response.status, 200)
      await response.text()
    }
    assert.ok(providers.calls.length <= 4)
    assert.equal(providers.calls.at(-1)?.id, 9)
    assert.equal(providers.stats().openai.total, 9)
  })
})
