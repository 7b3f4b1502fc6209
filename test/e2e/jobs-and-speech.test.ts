import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { after, before, describe, test } from 'node:test'
import Anthropic from '@anthropic-ai/sdk'
import OpenAI, { toFile } from 'openai'
import {
  type GatewayHarness,
  type SimulatedProviders,
  simulatedConfig,
  simulatedKeys,
  startGateway,
  startSimulatedProviders,
} from '#testing'

/** Providers without a wire that callers speak: Replicate's predictions, ElevenLabs' speech and transcriptions. */

let providers: SimulatedProviders
let gateway: GatewayHarness
let openai: OpenAI
before(async () => {
  providers = await startSimulatedProviders()
  const provider = (value: string, aliases = {}) => ({
    keys: [{ value, aliases }],
    network_config: { base_url: providers.url },
  })
  const config = simulatedConfig(providers.url)
  gateway = await startGateway({
    mode: 'standalone-memory',
    config: {
      ...config,
      providers: {
        ...config.providers,
        replicate: provider(simulatedKeys.replicate, { llama: 'meta/meta-llama-3-8b-instruct' }),
        elevenlabs: provider(simulatedKeys.elevenlabs, { voice: 'eleven_flash_v2_5' }),
      },
    },
  })
  openai = new OpenAI({ baseURL: `${gateway.url}/openai`, apiKey: 'dummy', maxRetries: 0 })
})
after(async () => {
  await gateway.close()
  await providers.close()
})

const llama = 'replicate/meta/meta-llama-3-8b-instruct'
const ask = (content: string, model = llama) => ({ model, messages: [{ role: 'user' as const, content }] })
const callsWith = (nonce: string) => providers.calls.filter((call) => call.nonce?.includes(nonce) === true)

describe('replicate', () => {
  test('answers in one call where the prediction ends while it is waited for', async () => {
    const whole = await openai.chat.completions.create({ ...ask('one go'), max_tokens: 50 })
    assert.equal(whole.choices[0]?.message.content, 'You said: one go')
    assert.equal(whole.choices[0]?.finish_reason, 'stop')
    assert.deepEqual([whole.usage?.prompt_tokens, whole.usage?.completion_tokens], [7, 5])
    const calls = callsWith('one go')
    assert.deepEqual(
      calls.map(({ method, path, headers }) => [method, path, headers['prefer']]),
      [['POST', '/v1/predictions', 'wait']],
    )
    assert.deepEqual(JSON.parse(String(calls[0]?.body)), {
      version: 'meta/meta-llama-3-8b-instruct',
      input: { prompt: 'one go', max_tokens: 50 },
    })
  })

  test('is asked until the prediction has ended, at the configured address', async () => {
    const { data, response } = await openai.chat.completions.create(ask('polls=2 please')).withResponse()
    assert.equal(data.choices[0]?.message.content, 'You said: polls=2 please')
    assert.equal(response.headers.get('x-bifrost-attempts'), 'replicate/meta/meta-llama-3-8b-instruct=200')
    const [created, ...asked] = callsWith('polls=2 please')
    assert.equal(created?.method, 'POST')
    assert.equal(asked.length, 2)
    for (const call of asked)
      assert.match(`${call.method} ${call.path}`, /^GET \/v1\/predictions\/[a-z0-9]+$/)
  })

  test('streams, though its streams are said to be at another address', async () => {
    const { data, response } = await openai.chat.completions
      .create({ ...ask('a b c'), stream: true })
      .withResponse()
    const deltas: string[] = []
    for await (const chunk of data) deltas.push(chunk.choices[0]?.delta.content ?? '')
    assert.equal(deltas.join(''), 'You said: a b c')
    assert.ok(deltas.filter((text) => text !== '').length > 2)
    assert.equal(response.headers.get('x-bifrost-warnings'), null)
    const streamed = callsWith('a b c').at(-1)
    assert.match(streamed?.path ?? '', /^\/v1\/streams\//)
    assert.equal(streamed?.headers['accept'], 'text/event-stream')
    assert.equal(callsWith('a b c')[0]?.headers['prefer'], undefined)
  })

  test('a model that does not stream is streamed in one piece', async () => {
    const anthropic = new Anthropic({ baseURL: `${gateway.url}/anthropic`, apiKey: 'dummy', maxRetries: 0 })
    const stream = anthropic.messages.stream({ ...ask('streamless'), max_tokens: 10, system: 'Be brief.' })
    const message = await stream.finalMessage()
    const [block] = message.content
    assert.equal(block?.type === 'text' && block.text, 'You said: streamless')
    assert.deepEqual(JSON.parse(String(callsWith('streamless')[0]?.body)).input, {
      prompt: 'streamless',
      max_tokens: 10,
      system_prompt: 'Be brief.',
    })
  })

  test('a key has its own name for a model', async () => {
    const whole = await openai.chat.completions.create(ask('by its other name', 'replicate/llama'))
    assert.equal(whole.choices[0]?.message.content, 'You said: by its other name')
  })

  test('what it cannot carry is named; what is no member of OpenAI’s API is an input of the model', async () => {
    const { response } = await openai.chat.completions
      .create({
        ...ask('two turns'),
        messages: [
          { role: 'user', content: 'Hello' },
          { role: 'assistant', content: 'Hi' },
          { role: 'user', content: 'two turns' },
        ],
        tools: [{ type: 'function', function: { name: 'f', parameters: {} } }],
        min_tokens: 3,
      } as OpenAI.ChatCompletionCreateParamsNonStreaming)
      .withResponse()
    assert.equal(response.headers.get('x-bifrost-warnings'), 'changed:messages,unsupported:tools')
    assert.deepEqual(JSON.parse(String(callsWith('two turns')[0]?.body)).input, {
      prompt: 'User: Hello\n\nAssistant: Hi\n\nUser: two turns\n\nAssistant:',
      min_tokens: 3,
    })
  })

  test('a model that failed is an error, streamed or not', async () => {
    const failed = (error: unknown) =>
      error instanceof OpenAI.APIError && /the model ran out of memory/.test(error.message)
    await assert.rejects(
      openai.chat.completions.create(ask('fails whole')),
      (error: unknown) => failed(error) && (error as { status?: number }).status === 502,
    )
    const stream = openai.chat.completions.create({ ...ask('fails streamed'), stream: true })
    await assert.rejects(async () => {
      for await (const _chunk of await stream);
    }, failed)
  })

  test('a refusal keeps its status', async () => {
    await assert.rejects(
      openai.chat.completions.create(ask('x', 'replicate/nobody/nothing')),
      (error: unknown) => error instanceof OpenAI.APIError && error.status === 422,
    )
  })

  test('a caller who leaves calls the prediction off', async () => {
    const controller = new AbortController()
    const answer = openai.chat.completions.create(ask('polls=1000 abandoned'), { signal: controller.signal })
    await providers.callEnded({ nonce: 'abandoned' })
    controller.abort()
    await assert.rejects(answer)
    const canceled = await providers.callEnded(
      ({ nonce, path }) => nonce?.includes('abandoned') === true && path.endsWith('/cancel'),
    )
    assert.deepEqual([canceled.method, canceled.status], ['POST', 200])
  })

  test('the deadline bounds the asking', async () => {
    await assert.rejects(
      openai.chat.completions.create(ask('polls=1000 late'), { headers: { 'x-bifrost-timeout-ms': '1500' } }),
      (error: unknown) => error instanceof OpenAI.APIError && error.status === 504,
    )
  })

  test('makes pictures', async () => {
    const { data: made, response } = await openai.images
      .generate({
        model: 'replicate/black-forest-labs/flux-schnell',
        prompt: 'polls=1 a fox',
        n: 2,
        size: '1536x1024',
        response_format: 'b64_json',
      })
      .withResponse()
    assert.deepEqual(
      made.data?.map(({ url }) => url),
      [0, 1].map((index) => `https://replicate.delivery/xezq/simulated/out-${index}.webp`),
    )
    assert.deepEqual(response.headers.get('x-bifrost-warnings')?.split(','), [
      'changed:size',
      'changed:response_format',
    ])
    assert.deepEqual(JSON.parse(String(callsWith('a fox')[0]?.body)).input, {
      prompt: 'polls=1 a fox',
      num_outputs: 2,
      aspect_ratio: '3:2',
    })
  })

  test('edits of pictures do not cross', async () => {
    const edit = openai.images.edit({
      model: 'replicate/black-forest-labs/flux-schnell',
      image: await toFile(Buffer.from('x'), 'x.png'),
      prompt: 'x',
    })
    await assert.rejects(edit, { status: 501 })
  })
})

describe('elevenlabs', () => {
  const voice = 'JBFqnCBsd6RMkjVDRZzb'

  test('speaks, in the format and at the speed that were asked for', async () => {
    const { data, response } = await openai.audio.speech
      .create({
        model: 'elevenlabs/eleven_multilingual_v2',
        voice,
        input: 'Hello from the gateway',
        response_format: 'opus',
        speed: 2,
        instructions: 'Cheerfully.',
      })
      .withResponse()
    const sound = Buffer.from(await data.arrayBuffer())
    assert.equal(sound.length, 'Hello from the gateway'.length * 1_000)
    assert.equal(response.headers.get('content-type'), 'audio/opus')
    assert.equal(response.headers.get('x-bifrost-warnings'), 'changed:speed,unsupported:instructions')
    const [call] = callsWith('Hello from the gateway')
    assert.equal(call?.path, `/v1/text-to-speech/${voice}/stream?output_format=opus_48000_64`)
    assert.equal(call?.headers['xi-api-key'], simulatedKeys.elevenlabs)
    assert.deepEqual(JSON.parse(String(call?.body)), {
      text: 'Hello from the gateway',
      model_id: 'eleven_multilingual_v2',
      voice_settings: { speed: 1.2 },
    })
  })

  test('a key has its own name for a model', async () => {
    const spoken = await openai.audio.speech.create({ model: 'elevenlabs/voice', voice, input: 'aliased' })
    assert.equal(spoken.headers.get('content-type'), 'audio/mpeg')
    assert.equal(JSON.parse(String(callsWith('aliased')[0]?.body)).model_id, 'eleven_flash_v2_5')
  })

  test('what it does not make is refused before it is asked, and its own refusals are told', async () => {
    const model = 'elevenlabs/eleven_flash_v2_5'
    const refused = (status: number, param: string | null) => (error: unknown) =>
      error instanceof OpenAI.APIError && error.status === status && error.param === param
    const flac = openai.audio.speech.create({ model, voice, input: 'x', response_format: 'flac' })
    await assert.rejects(flac, refused(400, 'response_format'))
    await assert.rejects(
      openai.audio.speech.create({ model, voice, input: 'x', stream_format: 'sse' }),
      refused(400, 'stream_format'),
    )
    await assert.rejects(
      openai.audio.speech.create({ model, voice: 'alloy', input: 'x' }),
      refused(404, 'voice_id'),
    )
  })

  const file = () => toFile(Buffer.alloc(300_000, 'sound'), 'speech.mp3', { type: 'audio/mpeg' })
  const sha256 = createHash('sha256').update(Buffer.alloc(300_000, 'sound')).digest('hex')
  const text = `size=300000 sha256=${sha256}. The end.`

  test('writes down what it hears, every byte of it', async () => {
    const { data, response } = await openai.audio.transcriptions
      .create({
        model: 'elevenlabs/scribe_v1',
        file: await file(),
        language: 'en',
        temperature: 0.5,
        prompt: 'Names.',
      })
      .withResponse()
    assert.equal(data.text, text)
    assert.equal(response.headers.get('x-bifrost-warnings'), 'unsupported:prompt')
    const body = String(providers.calls.findLast(({ path }) => path === '/v1/speech-to-text')?.body)
    for (const field of ['model_id"\r\n\r\nscribe_v1', 'language_code"\r\n\r\nen', 'temperature"\r\n\r\n0.5'])
      assert.ok(body.includes(field), field)
  })

  test('and in the other formats of OpenAI’s API', async () => {
    const asked = { model: 'elevenlabs/scribe_v1', file: await file() }
    const srt = await openai.audio.transcriptions.create({ ...asked, response_format: 'srt' })
    assert.equal(
      srt,
      `1\n00:00:00,000 --> 00:00:00,900\nsize=300000 sha256=${sha256}.\n\n2\n00:00:01,000 --> 00:00:01,900\nThe end.\n\n`,
    )
    const vtt = await openai.audio.transcriptions.create({ ...asked, response_format: 'vtt' })
    assert.match(String(vtt), /^WEBVTT\n\n00:00:00\.000 --> /)
    const verbose = await openai.audio.transcriptions.create({
      ...asked,
      response_format: 'verbose_json',
      timestamp_granularities: ['word'],
    })
    assert.deepEqual(verbose.words?.at(-1), { word: 'end.', start: 1.5, end: 1.9 })
    // As the vendor measured the sound, with the silence after its last word.
    assert.equal(verbose.duration, 4)
  })

  test('translations do not cross, and a stream is refused', async () => {
    const model = 'elevenlabs/scribe_v1'
    await assert.rejects(openai.audio.translations.create({ model, file: await file() }), { status: 501 })
    await assert.rejects(openai.audio.transcriptions.create({ model, file: await file(), stream: true }), {
      status: 400,
      param: 'stream',
    })
  })
})
