import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { after, before, describe, it } from 'node:test'
import OpenAI, { toFile } from 'openai'
import OpenAI2025 from 'openai-2025'
import { type SimulatedProviders, simulatedKeys, startSimulatedProviders } from './index.ts'

const bytes = Buffer.from(Array.from({ length: 5_000 }, (_, index) => index % 251))
const described = `name=talk.mp3 size=5000 sha256=${createHash('sha256').update(bytes).digest('hex')}`

for (const [generation, Client] of [
  ['openai', OpenAI],
  ['openai of mid 2025', OpenAI2025 as unknown as typeof OpenAI],
] as const) {
  describe(`simulated OpenAI beside chat, seen by ${generation}`, () => {
    let providers: SimulatedProviders
    let client: OpenAI
    before(async () => {
      providers = await startSimulatedProviders()
      client = new Client({ apiKey: simulatedKeys.openai, baseURL: `${providers.url}/v1`, maxRetries: 0 })
    })
    after(() => providers.close())
    const talk = () => toFile(bytes, 'talk.mp3')

    it('transcribes: the text says which bytes came', async () => {
      const { audio } = client
      const json = await audio.transcriptions.create({ file: await talk(), model: 'whisper-1' })
      assert.equal(json.text, described)
      const text = await audio.transcriptions.create({
        file: await talk(),
        model: 'whisper-1',
        response_format: 'text',
      })
      assert.equal(String(text), `${described}\n`)
      const translated = await audio.translations.create({ file: await talk(), model: 'whisper-1' })
      assert.equal(translated.text, described)
    })

    it('streams a transcription to its end', async () => {
      const stream = await client.audio.transcriptions.create({
        file: await talk(),
        model: 'gpt-4o-transcribe',
        stream: true,
      })
      const events = await Array.fromAsync(stream)
      const deltas = events.map((event) => (event.type === 'transcript.text.delta' ? event.delta : ''))
      assert.equal(deltas.join(''), described)
      assert.equal(events.at(-1)?.type, 'transcript.text.done')
    })

    it('speaks, as bytes and as events', async () => {
      const asked = { model: 'gpt-4o-mini-tts', input: 'hello', voice: 'alloy' } as const
      const speech = await client.audio.speech.create(asked)
      assert.equal(speech.headers.get('content-type'), 'audio/mpeg')
      const audio = Buffer.from(await speech.arrayBuffer())
      assert.equal(audio.length, 5_000)
      const streamed = await client.audio.speech.create({ ...asked, stream_format: 'sse' })
      const deltas = [...(await streamed.text()).matchAll(/"audio":"([^"]*)"/g)]
      assert.deepEqual(Buffer.concat(deltas.map(([, piece]) => Buffer.from(piece ?? '', 'base64'))), audio)
    })

    it('makes and edits images', async () => {
      const made = await client.images.generate({ prompt: 'a fox', model: 'gpt-image-1', n: 2 })
      assert.equal(made.data?.length, 2)
      assert.equal(Buffer.from(made.data?.[0]?.b64_json ?? '', 'base64').toString(), 'a fox')
      const edited = await client.images.edit({
        image: [await talk(), await talk()],
        prompt: 'x',
        model: 'gpt-image-1',
      })
      assert.equal(
        Buffer.from(edited.data?.[0]?.b64_json ?? '', 'base64').toString(),
        `${described}; ${described}`,
      )
      const varied = await client.images.createVariation({ image: await talk() })
      assert.equal(Buffer.from(varied.data?.[0]?.b64_json ?? '', 'base64').toString(), described)
    })

    it('moderates', async () => {
      const { results, model } = await client.moderations.create({ input: ['peace', 'violence'] })
      assert.equal(model, 'omni-moderation-latest')
      assert.deepEqual(
        results.map((result) => result.flagged),
        [false, true],
      )
    })

    it('refuses what the vendor refuses', async () => {
      const speech = (over: object) =>
        client.audio.speech.create({ model: 'tts-1', input: 'x', voice: 'alloy', ...over })
      await assert.rejects(speech({ input: '' }), Client.BadRequestError)
      await assert.rejects(speech({ colour: 'red' }), /Unknown parameter: 'colour'/)
      await assert.rejects(speech({ response_format: 'midi' }), /Supported values are/)
      await assert.rejects(speech({ model: 'tts-9' }), Client.NotFoundError)
      await assert.rejects(
        client.audio.transcriptions.create({ file: await talk(), model: '' }),
        /Missing required parameter: 'model'/,
      )
      const headers = { authorization: `Bearer ${simulatedKeys.openai}` }
      const broken = await fetch(`${providers.url}/v1/audio/transcriptions`, {
        method: 'POST',
        headers: { ...headers, 'content-type': 'multipart/form-data; boundary=x' },
        body: '--x\r\ncontent-disposition: form-data; name="model"\r\n\r\nwhisper-1\r\n--x',
      })
      assert.equal(broken.status, 400)
    })
  })
}
