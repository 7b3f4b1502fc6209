import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { GatewayError } from '#contract'
import { elevenlabsTranscriptions } from '../wires/elevenlabs/transcriptions.ts'
import { transcriptions } from '../wires/openai-media/transcriptions.ts'
import { createFormTranslator } from './form-translator.ts'

const boundary = 'xYz'

type Part = { readonly name: string; readonly value: string; readonly file?: boolean }

function formOf(parts: readonly Part[]): Buffer {
  const pieces = parts.map(({ name, value, file = false }) => {
    const filename = file ? '; filename="a; name=model.mp3"\r\nContent-Type: audio/mpeg' : ''
    return `--${boundary}\r\nContent-Disposition: form-data; name="${name}"${filename}\r\n\r\n${value}\r\n`
  })
  return Buffer.from(`${pieces.join('')}--${boundary}--\r\n`, 'latin1')
}

function translate(form: Uint8Array, slices: readonly number[]) {
  const translator = createFormTranslator({
    boundary,
    reader: transcriptions.formReader ?? assert.fail(),
    writer: elevenlabsTranscriptions.formWriter ?? assert.fail(),
  })
  const out: Uint8Array[] = []
  let at = 0
  for (let turn = 0; at < form.length; turn += 1) {
    const length = slices[turn % slices.length] ?? 1
    out.push(...translator.push(form.subarray(at, at + length)))
    at += length
  }
  out.push(...translator.end())
  return { text: Buffer.concat(out).toString('latin1'), translator }
}

const file = { name: 'file', value: `\r\n--xY\r\n--${'\0'.repeat(50)}\xff`, file: true }

test('fields get the provider’s names, the file stays, byte for byte, in the caller’s order', () => {
  const form = formOf([
    { name: 'language', value: 'en' },
    file,
    { name: 'model', value: 'scribe_v1' },
    { name: 'response_format', value: 'srt' },
    { name: 'timestamp_granularities[]', value: 'word' },
    { name: 'timestamp_granularities[]', value: 'segment' },
    { name: 'prompt', value: 'Names.' },
    { name: 'unheard_of', value: 'x' },
    { name: 'extra', value: 'bytes', file: true },
  ])
  const { text, translator } = translate(form, [7])
  const field = (name: string, value: string) =>
    `--xYz\r\ncontent-disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`
  assert.equal(
    text,
    field('language_code', 'en') +
      `--xYz\r\nContent-Disposition: form-data; name="file"; filename="a; name=model.mp3"\r\nContent-Type: audio/mpeg\r\n\r\n${file.value}\r\n` +
      field('model_id', 'scribe_v1') +
      '--xYz--\r\n',
  )
  assert.deepEqual(translator.request(), {
    language: 'en',
    model: 'scribe_v1',
    format: 'srt',
    granularities: ['word', 'segment'],
    prompt: 'Names.',
    others: ['unheard_of'],
  })
  assert.deepEqual(
    translator.warnings().map(({ path }) => path),
    ['prompt', 'unheard_of', 'extra'],
  )
})

test('however a form is cut, the same comes out', () => {
  const part = fc.record({
    name: fc.constantFrom('model', 'language', 'file', 'prompt'),
    value: fc.stringMatching(/^[-\r\nxYz01]{0,40}$/).filter((value) => !`\r\n${value}`.includes('\r\n--xYz')),
    file: fc.boolean(),
  })
  fc.assert(
    fc.property(
      fc.array(part, { minLength: 1, maxLength: 4 }),
      fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1, maxLength: 5 }),
      (parts, slices) => {
        const form = formOf(parts)
        assert.equal(translate(form, slices).text, translate(form, [form.length]).text)
      },
    ),
    { numRuns: 2_000 },
  )
})

test('what is no whole form is refused, whatever it is', () => {
  const refused = (error: unknown) => GatewayError.is(error) && error.status === 400
  const whole = formOf([{ name: 'model', value: 'm' }, file])
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), fc.nat(whole.length - 6), (bytes, length) => {
      assert.throws(() => translate(bytes, [50]), refused)
      assert.throws(() => translate(whole.subarray(0, length), [50]), refused)
    }),
    { numRuns: 500 },
  )
  const bad = (part: Part) => assert.throws(() => translate(formOf([part]), [1_000]), refused)
  bad({ name: 'prompt', value: 'x'.repeat(9_000) })
  bad({ name: 'temperature', value: 'warm' })
  bad({ name: 'stream', value: 'true' })
})
