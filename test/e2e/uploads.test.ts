import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, describe, test } from 'node:test'
import OpenAI, { AuthenticationError, BadRequestError, NotFoundError, toFile } from 'openai'
import {
  type GatewayHarness,
  gatewayModes,
  type SimulatedProviders,
  sharedRedisUrl,
  simulatedConfig,
  startGateway,
  startSimulatedProviders,
  until,
} from '#testing'

const mebibyte = 1024 * 1024
const whisper = 'whisper-1'

/** Bytes of a file that no piece of it repeats. */
function fileOf(length: number): Buffer {
  const bytes = Buffer.alloc(length)
  for (let at = 0; at + 4 <= length; at += 4) bytes.writeUInt32LE(Math.imul(at + 1, 2_654_435_761) >>> 0, at)
  return bytes
}

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')

/** A provider of which a test decides when it reads, answers and leaves. */
async function startStubborn() {
  const arrivals: { request: http.IncomingMessage; response: http.ServerResponse }[] = []
  const server = http.createServer((request, response) => void arrivals.push({ request, response }))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    arrival: () => until(() => arrivals.shift(), { what: 'a request at the stubborn provider' }),
    async close() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

/** A form with a model and a file of which no end is in sight, written by hand as fast as it is taken. */
function startUpload(url: string, model: string) {
  const request = http.request(`${url}/v1/audio/transcriptions`, {
    method: 'POST',
    headers: { 'content-type': 'multipart/form-data; boundary=b' },
  })
  const head = [
    `--b\r\ncontent-disposition: form-data; name="model"\r\n\r\n${model}\r\n`,
    '--b\r\ncontent-disposition: form-data; name="file"; filename="f"\r\n\r\n',
  ]
  request.write(head.join(''))
  const piece = Buffer.alloc(64 * 1024, 'x')
  const answer = Promise.withResolvers<http.IncomingMessage>()
  let sentBytes = 0
  let stopped = false
  request.on('response', answer.resolve).on('error', (error) => {
    stopped = true
    answer.reject(error)
  })
  answer.promise.catch(() => {})
  const more = () => {
    while (!stopped && request.write(piece)) sentBytes += piece.length
    sentBytes += piece.length
  }
  request.on('drain', more)
  more()
  return {
    request,
    answer: answer.promise,
    get sentBytes() {
      return sentBytes
    },
    leave() {
      stopped = true
      request.destroy()
    },
  }
}

for (const mode of gatewayModes) {
  describe(`uploads and binary answers through ${mode}`, () => {
    let providers: SimulatedProviders
    let stubborn: Awaited<ReturnType<typeof startStubborn>>
    let gateway: GatewayHarness
    let client: OpenAI

    before(async () => {
      providers = await startSimulatedProviders()
      stubborn = await startStubborn()
      const redis = mode === 'standalone-memory' ? {} : { redisUrl: await sharedRedisUrl() }
      const config = simulatedConfig(providers.url, {
        model_aliases: { ears: 'openai/whisper-1' },
        server: { max_upload_size_mb: 64, drain_timeout_in_seconds: 1 },
      })
      const providersWith = {
        ...config.providers,
        stubborn: {
          keys: [{ value: 'sk-stubborn-CANARY', models: [], weight: 1 }],
          network_config: { base_url: stubborn.url },
          custom_provider_config: { base_provider_type: 'openai' },
        },
      }
      gateway = await startGateway({ mode, config: { ...config, providers: providersWith }, ...redis })
      client = new OpenAI({ baseURL: `${gateway.url}/openai/v1`, apiKey: 'dummy', maxRetries: 0 })
    })
    after(async () => {
      await gateway.close()
      await stubborn.close()
      await providers.close()
    })

    const transcribe = async (model: string, file: Buffer, headers = {}) => {
      const upload = await toFile(file, 'talk.mp3')
      return (await client.audio.transcriptions.create({ model, file: upload }, { headers })).text
    }

    test('a file of 30 MB arrives byte for byte, its model before it and behind it', async () => {
      const file = fileOf(30 * mebibyte)
      const expected = `name=talk.mp3 size=${file.length} sha256=${sha256(file)}`
      assert.equal(await transcribe('ears', file), expected)
      const upload = await toFile(file, 'talk.mp3')
      const behind = await client.audio.transcriptions.create({ file: upload, model: 'openai/whisper-1' })
      assert.equal(behind.text, expected)
      for (const call of providers.calls) assert.equal(call.model, whisper)
    })

    test('a model too far behind its file needs a header where it means another provider', async () => {
      const file = await toFile(fileOf(2 * mebibyte), 'talk.mp3')
      const create = (headers: Record<string, string>) =>
        client.audio.transcriptions.create({ file, model: 'stubborn/whisper-1' }, { headers })
      await assert.rejects(
        create({}),
        (error) => error instanceof BadRequestError && error.code === 'model_too_late',
      )
      const pending = create({ 'x-bifrost-model': 'stubborn/whisper-1' })
      const { request, response } = await stubborn.arrival()
      const chunks = await Array.fromAsync<Buffer>(request)
      assert.match(Buffer.concat(chunks).toString('latin1'), /name="model"\r\n\r\nwhisper-1\r\n/)
      assert.equal(request.headers['authorization'], 'Bearer sk-stubborn-CANARY')
      response.writeHead(200, { 'content-type': 'application/json' }).end('{"text":"ok"}')
      assert.equal((await pending).text, 'ok')
    })

    test('answers of all types come down as they are', async () => {
      const asked = { model: 'gpt-4o-mini-tts', input: 'hello there', voice: 'alloy' } as const
      const through = await client.audio.speech.create(asked)
      const direct = await new OpenAI({
        baseURL: `${providers.url}/v1`,
        apiKey: 'sk-simulated-openai',
      }).audio.speech.create(asked)
      assert.equal(through.headers.get('content-type'), 'audio/mpeg')
      assert.deepEqual(Buffer.from(await through.arrayBuffer()), Buffer.from(await direct.arrayBuffer()))
      const events = await client.audio.speech.create({ ...asked, stream_format: 'sse' })
      assert.match(events.headers.get('content-type') ?? '', /^text\/event-stream/)
      assert.match(await events.text(), /speech\.audio\.done/)

      const file = fileOf(2_000)
      const talk = () => toFile(file, 'talk.mp3')
      const text = await client.audio.translations.create({
        file: await talk(),
        model: whisper,
        response_format: 'text',
      })
      assert.equal(String(text), `name=talk.mp3 size=2000 sha256=${sha256(file)}\n`)
      const stream = await client.audio.transcriptions.create({
        file: await talk(),
        model: 'gpt-4o-transcribe',
        stream: true,
      })
      assert.equal((await Array.fromAsync(stream)).at(-1)?.type, 'transcript.text.done')
      const image = await client.images.generate({ model: 'openai/gpt-image-1', prompt: 'a fox' })
      assert.equal(Buffer.from(image.data?.[0]?.b64_json ?? '', 'base64').toString(), 'a fox')
      const varied = await client.images.createVariation({ image: await talk() })
      assert.match(Buffer.from(varied.data?.[0]?.b64_json ?? '', 'base64').toString(), /size=2000/)
      const { data, response } = await client.moderations.create({ input: 'peace' }).withResponse()
      assert.equal(data.results[0]?.flagged, false)
      assert.equal(response.headers.get('x-bifrost-provider'), 'openai')
      assert.equal(response.headers.get('x-bifrost-model'), null)
    })

    test('what cannot go anywhere is refused in the shape that the SDK raises', async () => {
      const speech = (model: string) => client.audio.speech.create({ model, input: 'x', voice: 'alloy' })
      await assert.rejects(speech('anthropic/claude-3-haiku-20240307'), { status: 501 })
      await assert.rejects(speech('mistral/tts'), (error) => error instanceof NotFoundError)
      await assert.rejects(speech('tts-9'), (error) => error instanceof NotFoundError)
      const wrongType = await fetch(`${gateway.url}/v1/audio/transcriptions`, { method: 'POST', body: '{}' })
      assert.equal(wrongType.status, 415)
      const wrongMethod = await fetch(`${gateway.url}/v1/audio/speech`)
      assert.deepEqual([wrongMethod.status, wrongMethod.headers.get('allow')], [405, 'POST'])
    })

    test('above the limit: 413 at once where the length says so, else when it is reached', async () => {
      await assert.rejects(transcribe(whisper, fileOf(65 * mebibyte)), { status: 413 })
      const upload = startUpload(gateway.url, 'stubborn/whisper-1')
      const { request } = await stubborn.arrival()
      request.resume()
      const broken = once(request, 'error')
      assert.equal((await upload.answer).statusCode, 413)
      await broken
      upload.leave()
    })

    test('a provider that does not read stops the caller; a caller that leaves closes its socket', async () => {
      const upload = startUpload(gateway.url, 'stubborn/whisper-1')
      const { request } = await stubborn.arrival()
      // Nothing is read at the provider: what goes on being sent fills the buffers of two sockets and one window.
      let before = -1
      while (upload.sentBytes !== before) {
        before = upload.sentBytes
        await new Promise((resolve) => setTimeout(resolve, 200))
      }
      assert.ok(upload.sentBytes < 40 * mebibyte, `${upload.sentBytes} bytes were taken from the caller`)
      request.resume()
      await until(() => upload.sentBytes > before, { what: 'the upload to go on' })
      const closed = new Promise((resolve) => request.once('close', resolve))
      request.on('error', () => {})
      upload.leave()
      await closed
      assert.equal(request.complete, false)
    })

    test('a refusal that comes before the upload has ended reaches the caller, its key masked', async () => {
      const upload = startUpload(gateway.url, 'stubborn/whisper-1')
      const { request, response } = await stubborn.arrival()
      request.on('error', () => {})
      const error = { message: 'Incorrect API key provided: sk-stubborn-CANARY.', code: 'invalid_api_key' }
      response.writeHead(401, { 'content-type': 'application/json' }).end(JSON.stringify({ error }))
      const answer = await upload.answer
      assert.equal(answer.statusCode, 401)
      assert.equal(answer.headers['connection'], 'close')
      const text = Buffer.concat(await Array.fromAsync<Buffer>(answer)).toString()
      assert.match(text, /Incorrect API key provided/)
      assert.ok(!text.includes('CANARY'), text)
      upload.leave()
      const file = fileOf(3 * mebibyte)
      const small = transcribe('stubborn/whisper-1', file)
      const second = await stubborn.arrival()
      second.request.on('error', () => {})
      second.response.writeHead(401, { 'content-type': 'application/json' }).end(JSON.stringify({ error }))
      await assert.rejects(small, (thrown) => thrown instanceof AuthenticationError)
    })

    test('nothing of it all stays in the books', async () => {
      const counts = async () => {
        const text = await (await fetch(`${gateway.url}/metrics`)).text()
        return [...text.matchAll(/^bifrost_queue_depth\{[^}]*\} (\d+)/gm)].map(([, count]) => count)
      }
      const empty = async () => {
        const all = await counts()
        return all.length > 0 && all.every((count) => count === '0')
      }
      await until(empty, { what: 'empty queues' })
    })
  })
}
