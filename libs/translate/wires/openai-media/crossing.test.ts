/** OpenAI's media APIs towards the providers of another wire, whose answers are their vendors' fixtures. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { type CallerContext, GatewayError, type JsonObject, type WireId } from '#contract'
import { callerWireOf, providerWireOf } from '../../wires.ts'

const fixtures = join(import.meta.dirname, '../../../providers')
const fixture = (name: string) => JSON.parse(readFileSync(join(fixtures, name), 'utf8'))
const callerWire = (id: WireId) => callerWireOf(id) ?? assert.fail(id)
const providerWire = (id: WireId) => providerWireOf(id) ?? assert.fail(id)
const target = { model: 'the-model', quirks: {} }

const caller = (request: unknown): CallerContext<unknown> => ({
  request,
  requestId: 'r',
  model: 'the-model',
  streamUsage: false,
  nowSeconds: 1,
})

function encode(from: WireId, to: WireId, body: JsonObject) {
  return providerWire(to).encodeRequest(callerWire(from).decodeRequest(body).request, target)
}

const refuses = (param: string) => (error: unknown) =>
  GatewayError.is(error) && error.status === 400 && error.param === param

describe('speech', () => {
  const body = { model: 'm', input: 'Hello', voice: { id: 'a/b?c' } }
  const speak = (more: JsonObject = {}) => encode('openai-speech', 'elevenlabs-speech', { ...body, ...more })

  test('names the voice in the path, as nothing but a segment of it', () => {
    assert.deepEqual(speak(), {
      body: { text: 'Hello', model_id: 'the-model' },
      suffix: '/a%2Fb%3Fc/stream?output_format=mp3_44100_128',
      warnings: [],
    })
    assert.match(speak({ response_format: 'pcm' }).suffix ?? '', /output_format=pcm_24000$/)
  })

  test('says what it changes and leaves out', () => {
    const { body: sent, warnings } = speak({ speed: 0.25, instructions: 'Softly.', seed: 7 })
    assert.deepEqual(sent['voice_settings'], { speed: 0.7 })
    assert.deepEqual(warnings, [
      { code: 'changed', path: 'speed' },
      { code: 'unsupported', path: 'instructions' },
      { code: 'unsupported', path: 'seed' },
    ])
    assert.deepEqual(speak({ speed: 1 }).warnings, [])
  })

  test('refuses by name what cannot be made or read', () => {
    for (const format of ['flac', 'aac', 'wav']) {
      assert.throws(() => speak({ response_format: format }), refuses('response_format'))
    }
    assert.throws(() => speak({ stream_format: 'sse' }), refuses('stream_format'))
    assert.throws(() => speak({ voice: ' ' }), refuses('voice'))
    assert.throws(() => speak({ input: 3 }), refuses('input'))
  })
})

describe('transcriptions', () => {
  const response = providerWire('elevenlabs-transcriptions').decodeResponse(
    fixture('elevenlabs/fixtures/transcription.response.json'),
    { request: {}, model: 'm' },
  )
  const answer = (request: object) =>
    callerWire('openai-transcriptions').encodeResponse(response, caller(request))

  test('are read without the silence between words', () => {
    assert.deepEqual(answer({}), { body: { text: 'Hello there. How are you?' }, warnings: [] })
    const { words, language } = response as { words: readonly { text: string }[]; language: string }
    assert.deepEqual(
      words.map(({ text }) => text),
      ['Hello', 'there.', 'How', 'are', 'you?'],
    )
    assert.equal(language, 'eng')
  })

  test('are told in each format', () => {
    assert.equal(answer({ format: 'text' }).text?.text, 'Hello there. How are you?\n')
    assert.equal(
      answer({ format: 'srt' }).text?.text,
      '1\n00:00:00,100 --> 00:00:00,900\nHello there.\n\n2\n00:00:01,200 --> 00:00:02,000\nHow are you?\n\n',
    )
    assert.equal(
      answer({ format: 'vtt' }).text?.text,
      'WEBVTT\n\n00:00:00.100 --> 00:00:00.900\nHello there.\n\n00:00:01.200 --> 00:00:02.000\nHow are you?\n\n',
    )
    const verbose = answer({ format: 'verbose_json', granularities: ['word'] })
    assert.deepEqual([verbose.body['duration'], verbose.warnings], [2.5, []])
    assert.deepEqual(answer({ format: 'verbose_json' }).warnings, [
      { code: 'unsupported', path: 'timestamp_granularities[]' },
    ])
    assert.deepEqual(answer({ format: 'diarized_json' }).warnings, [
      { code: 'unsupported', path: 'response_format' },
    ])
  })
})

describe('images', () => {
  const draw = (more: JsonObject) =>
    encode('openai-images', 'replicate-images', { model: 'm', prompt: 'a fox', ...more })

  test('are asked for by the inputs of the model', () => {
    assert.deepEqual(draw({ n: 2, size: '1024x1536', output_format: 'jpeg', seed: 7, user: 'u' }), {
      body: {
        version: 'the-model',
        input: { prompt: 'a fox', num_outputs: 2, aspect_ratio: '2:3', output_format: 'jpg', seed: 7 },
      },
      warnings: [
        { code: 'changed', path: 'size' },
        { code: 'unsupported', path: 'user' },
      ],
    })
    for (const [size, ratio] of [
      ['1792x1024', '16:9'],
      ['1024x1792', '9:16'],
      ['1000x1010', '1:1'],
    ]) {
      assert.deepEqual(draw({ size }).body['input'], { prompt: 'a fox', aspect_ratio: ratio })
    }
    assert.deepEqual(draw({ size: 'auto', n: 1 }).body, { version: 'the-model', input: { prompt: 'a fox' } })
    assert.throws(() => draw({ stream: true }), refuses('stream'))
    assert.throws(() => draw({ size: 'big' }), refuses('size'))
  })

  test('are addresses or bytes, as the provider has them', () => {
    const wire = providerWire('replicate-images')
    const decode = (body: JsonObject) => wire.decodeResponse(body, { request: {}, model: 'm' })
    const made = fixture('replicate/fixtures/image.response.json')
    const response = decode(made)
    const { body, warnings } = callerWire('openai-images').encodeResponse(
      response,
      caller({ delivery: 'base64' }),
    )
    assert.deepEqual(
      body['data'],
      made.output.map((url: string) => ({ url })),
    )
    assert.deepEqual(warnings, [{ code: 'changed', path: 'response_format' }])
    const inline = decode({ ...made, output: 'data:image/webp;base64,AAAA' })
    assert.deepEqual(callerWire('openai-images').encodeResponse(inline, caller({})).body['data'], [
      { b64_json: 'AAAA' },
    ])
    assert.throws(() => decode({ ...made, output: null }), { code: 'upstream_malformed_answer' })
  })
})

describe('language models', () => {
  const asked = {
    messages: [
      { role: 'system', content: 'Be brief.' },
      { role: 'user', content: 'Hi' },
    ],
    ...{ max_tokens: 9, temperature: 0.5, top_p: 0.9, presence_penalty: 1, seed: 7, stop: ['a', 'b'] },
    stream: true,
  }
  const encodeFor = (model: string) =>
    providerWire('replicate-chat').encodeRequest(
      callerWire('openai-chat').decodeRequest({ model: 'm', ...asked }).request,
      { model, quirks: {} },
    )
  const common = { prompt: 'Hi', temperature: 0.5, top_p: 0.9 }
  const lost = (...paths: string[]) => paths.map((path) => ({ code: 'unsupported', path }))

  test('are asked by the names of their own inputs, and what they lack is told', () => {
    const family = { ...common, system_prompt: 'Be brief.', max_tokens: 9, presence_penalty: 1 }
    assert.deepEqual(encodeFor('meta/meta-llama-3-8b-instruct'), {
      body: { version: 'meta/meta-llama-3-8b-instruct', input: { ...family, stop_sequences: 'a,b' } },
      warnings: lost('seed'),
    })
    const unknown = encodeFor('somebody/model:5c7d5dc6')
    assert.deepEqual(unknown.body['input'], { ...family, stop_sequences: 'a,b', seed: 7 })
    assert.deepEqual(unknown.warnings, [])
    const gpt = encodeFor('openai/gpt-4o')
    const { max_tokens: maxTokens, ...rest } = family
    assert.deepEqual(gpt.body['input'], { ...rest, max_completion_tokens: maxTokens })
    assert.deepEqual(gpt.warnings, lost('seed', 'stop'))
    const gemini = encodeFor('google/gemini-2.5-flash')
    assert.deepEqual(gemini.body['input'], {
      ...common,
      system_instruction: 'Be brief.',
      max_output_tokens: 9,
    })
    assert.deepEqual(gemini.warnings, lost('presence_penalty', 'seed', 'stop'))
    const llama2 = encodeFor('meta/llama-2-70b-chat')
    assert.deepEqual(llama2.body['input'], {
      ...common,
      ...{ system_prompt: 'Be brief.', max_new_tokens: 9, seed: 7, stop_sequences: 'a,b' },
    })
    assert.deepEqual(llama2.warnings, lost('presence_penalty'))
  })
})

describe('predictions', () => {
  const job = providerWire('replicate-chat').job ?? assert.fail()
  const begun = fixture('replicate/fixtures/begun.response.json')

  test('are asked about by their id, and streamed where the vendor streams', () => {
    assert.deepEqual(job.next(begun, { stream: false }), {
      path: `/v1/predictions/${begun.id}`,
      afterMs: 500,
    })
    assert.deepEqual(job.next(begun, { stream: true }), {
      origin: 'https://stream-b.svc.ric1.c.replicate.net',
      path: new URL(begun.urls.stream).pathname,
      afterMs: 0,
      stream: true,
    })
    const file = job.next(
      { ...begun, urls: { stream: 'https://stream.replicate.com/v1/files/bcwr-x' } },
      { stream: true },
    )
    assert.deepEqual([file?.origin, file?.path], ['https://stream.replicate.com', '/v1/files/bcwr-x'])
    assert.equal(job.next(fixture('replicate/fixtures/text.response.json'), { stream: true }), undefined)
  })

  test('are never asked about where their answer says', () => {
    for (const stream of [
      'https://evil.example/v1/streams/x',
      'https://replicate.net.evil.example/v1/streams/x',
      'https://evil-replicate.net/v1/streams/x',
      'http://stream.replicate.com/v1/files/x',
      'https://stream.replicate.com:8443/v1/files/x',
      'https://user:pass@stream.replicate.com/v1/files/x',
      'https://stream.replicate.com/admin',
      'https://stream.replicate.com/v1/x?next=https://evil.example',
      'https://evil.example/v1/../admin',
      'https://evil.example/v1/x?next=https://evil.example',
      'javascript:alert(1)',
      '//evil.example/v1/x',
      7,
    ]) {
      const next = job.next({ ...begun, urls: { stream } }, { stream: true })
      assert.deepEqual(next, { path: `/v1/predictions/${begun.id}`, afterMs: 500 }, String(stream))
    }
    const climbing = job.next({ ...begun, id: '../../x' }, { stream: false })
    assert.equal(climbing?.path, '/v1/predictions/..%2F..%2Fx')
  })

  test('that failed are errors of the model', () => {
    const failed = fixture('replicate/fixtures/failed.response.json')
    assert.equal(job.next(failed, { stream: false }), undefined)
    const decode = () => providerWire('replicate-chat').decodeResponse(failed, { request: {}, model: 'm' })
    assert.throws(decode, (error) => GatewayError.is(error) && /ran out of memory/.test(error.message))
  })
})

test('errors keep what the vendor said, in each of its shapes', () => {
  const wire = providerWire('elevenlabs-speech')
  const decode = ({ status, body }: { readonly status: number; readonly body: object }) =>
    wire.decodeError({ provider: 'elevenlabs', status, headers: {}, text: JSON.stringify(body), nowMs: 0 })
  const unauthenticated = decode(fixture('elevenlabs/fixtures/error.json'))
  assert.deepEqual([unauthenticated.status, unauthenticated.code], [401, 'invalid_api_key'])
  const invalid = decode(fixture('elevenlabs/fixtures/error.422.json'))
  assert.deepEqual([invalid.status, invalid.param, invalid.message], [422, 'text', 'Field required'])
  const old = decode({ status: 401, body: { detail: { status: 'quota_exceeded', message: 'No more.' } } })
  assert.deepEqual([old.code, old.message], ['quota_exceeded', 'No more.'])
})

test('whatever JSON comes, it is answered or refused with a GatewayError', () => {
  const names = fc.constantFrom(
    ...[
      'id',
      'status',
      'output',
      'urls',
      'error',
      'metrics',
      'text',
      'words',
      'detail',
      'prompt',
      'size',
      'voice',
    ],
  )
  const value = fc.oneof(fc.jsonValue({ maxDepth: 2 }), fc.constantFrom('succeeded', 'failed', 'x', 'data:,'))
  const tolerant = (act: () => unknown) => {
    try {
      act()
    } catch (error) {
      assert.ok(GatewayError.is(error), String(error))
    }
  }
  const provided = [
    'elevenlabs-speech',
    'elevenlabs-transcriptions',
    'replicate-images',
    'replicate-chat',
  ] as const
  fc.assert(
    fc.property(fc.dictionary(names, value), (json) => {
      const body = json as JsonObject
      for (const id of provided) {
        const wire = providerWire(id)
        tolerant(() => wire.decodeResponse(body, { request: {}, model: 'm' }))
        tolerant(() => wire.tapResponse(body))
        tolerant(() => wire.job?.next(body, { stream: true }))
        const text = JSON.stringify(body)
        tolerant(() => wire.decodeError({ provider: 'p', status: 400, headers: {}, text, nowMs: 0 }))
      }
      for (const id of ['openai-speech', 'openai-images'] as const)
        tolerant(() => callerWire(id).decodeRequest(body))
    }),
    { numRuns: 2_000 },
  )
})
