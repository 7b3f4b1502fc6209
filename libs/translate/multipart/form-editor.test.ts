import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { GatewayError } from '#contract'
import { runsOf } from '../property-runs.suite.ts'
import { boundaryOf, createFormEditor } from './form-editor.ts'

const boundary = 'xYz'

type Part = { readonly name: string; readonly value: string; readonly file?: boolean }

function formOf(parts: readonly Part[]): Buffer {
  const pieces = parts.map(({ name, value, file = false }) => {
    const filename = file ? '; filename="a; name=model.mp3"\r\nContent-Type: audio/mpeg' : ''
    return `--${boundary}\r\nContent-Disposition: form-data; name="${name}"${filename}\r\n\r\n${value}\r\n`
  })
  return Buffer.from(`${pieces.join('')}--${boundary}--\r\n`, 'latin1')
}

/** The form through an editor, in slices of these lengths, again and again. */
function edit(form: Uint8Array, slices: readonly number[], change = (value: string) => `<${value}>`) {
  const seen: string[] = []
  const editor = createFormEditor({
    boundary,
    fields: ['model', 'stream'],
    edit(name, value) {
      seen.push(`${name}=${value}`)
      return name === 'model' ? change(value) : undefined
    },
  })
  const out: Uint8Array[] = []
  let at = 0
  for (let turn = 0; at < form.length; turn += 1) {
    const length = slices[turn % slices.length] ?? 1
    out.push(...editor.push(form.subarray(at, at + length)))
    at += length
  }
  out.push(...editor.end())
  return { text: Buffer.concat(out).toString('latin1'), seen, closed: editor.closed }
}

test('the value of a field is replaced wherever it stands, and every other byte stays', () => {
  const file = { name: 'file', value: `\r\n--xY\r\n--${'\0'.repeat(50)}\xff`, file: true }
  for (const parts of [
    [{ name: 'model', value: 'openai/whisper-1' }, file],
    [file, { name: 'stream', value: 'true' }, { name: 'model', value: 'openai/whisper-1' }],
  ]) {
    const form = formOf(parts)
    const { text, seen, closed } = edit(form, [7], () => 'whisper-1')
    assert.equal(text, form.toString('latin1').replace('openai/whisper-1', 'whisper-1'))
    assert.deepEqual(
      seen,
      parts.filter((part) => part.name !== 'file').map(({ name, value }) => `${name}=${value}`),
    )
    assert.equal(closed, true)
  }
})

test('a file that is called like the field is a file', () => {
  const form = formOf([{ name: 'model', value: 'x', file: true }])
  assert.deepEqual(edit(form, [100]).seen, [])
})

test('however a form is cut, the same comes out', () => {
  const part = fc.record({
    name: fc.constantFrom('model', 'stream', 'file', 'modelx'),
    value: fc.stringMatching(/^[-\r\nxYz01]{0,40}$/).filter((value) => !`\r\n${value}`.includes('\r\n--xYz')),
    file: fc.boolean(),
  })
  fc.assert(
    fc.property(
      fc.array(part, { maxLength: 4 }),
      fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1, maxLength: 5 }),
      (parts, slices) => {
        const form = formOf(parts)
        const changed = parts.map((one) =>
          one.name === 'model' && !one.file ? { ...one, value: `<${one.value}>` } : one,
        )
        const { text, closed } = edit(form, slices)
        assert.equal(text, formOf(changed).toString('latin1'))
        assert.equal(closed, true)
      },
    ),
    { numRuns: runsOf(2_000) },
  )
})

test('what is no form goes through untouched, whatever it is', () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 300 }),
      fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1, maxLength: 5 }),
      (bytes, slices) => {
        const { text } = edit(bytes, slices)
        assert.equal(text, Buffer.from(bytes).toString('latin1'))
      },
    ),
    { numRuns: runsOf(2_000) },
  )
  const endless = Buffer.from(`--${boundary}\r\n${'x: y\r\n'.repeat(10_000)}`)
  assert.equal(edit(endless, [999]).text, endless.toString())
})

test('a field that is too long is refused by name', () => {
  const form = formOf([{ name: 'model', value: 'x'.repeat(9_000) }])
  for (const slices of [[100], [form.length]]) {
    assert.throws(
      () => edit(form, slices),
      (error) => GatewayError.is(error) && error.status === 400 && error.param === 'model',
    )
  }
})

test('the boundary is read from the content type', () => {
  assert.equal(boundaryOf('multipart/form-data; boundary=abc'), 'abc')
  assert.equal(boundaryOf('multipart/form-data; charset=utf-8; Boundary="a b"; x=y'), 'a b')
  assert.equal(boundaryOf('multipart/form-data'), undefined)
})
