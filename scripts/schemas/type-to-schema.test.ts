import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { convertFile, schemaOf } from './generate-schemas.ts'

const folder = mkdtempSync(join(tmpdir(), 'types-'))
after(() => rmSync(folder, { recursive: true, force: true }))

function convert(declarations: string): { readonly [name: string]: unknown } {
  const path = join(folder, 'types.ts')
  writeFileSync(path, declarations)
  return convertFile(path)
}

test('members: wanted, optional, inherited, none that JSON cannot hold', () => {
  const { definitions } = convert(`
    interface Base { id: string }
    export interface Thing extends Base { size?: number | undefined; gone?: never; run(): void; get text(): string; call?: () => void }
  `)
  assert.deepEqual(definitions, {
    Thing: {
      type: 'object',
      properties: { size: { type: 'number' }, id: { type: 'string' } },
      required: ['id'],
      additionalProperties: false,
    },
  })
})

test('values: literals, arrays, records, open strings, enums, bytes, anything', () => {
  const { definitions } = convert(`
    enum Colour { RED = 'RED', BLUE = 'BLUE' }
    export type Thing = {
      kind: 'a' | 'b' | null; flag: boolean; off: false; many: Array<1 | 2>; map: Record<string, string>
      open: 'x' | (string & {}); colour: Colour; bytes: Uint8Array; any: unknown
    }
  `)
  const { properties } = (definitions as { Thing: { properties: object } }).Thing
  assert.deepEqual(properties, {
    kind: { anyOf: [{ type: 'null' }, { enum: ['a', 'b'] }] },
    flag: { type: 'boolean' },
    off: { enum: [false] },
    many: { type: 'array', items: { enum: [1, 2] } },
    map: { type: 'object', properties: {}, additionalProperties: { type: 'string' } },
    open: { anyOf: [{ type: 'string' }, { enum: ['x'] }] },
    colour: { enum: ['RED', 'BLUE'] },
    bytes: { type: 'string' },
    any: {},
  })
})

test('a union whose branches one member tells apart says so; one that says that more may come does not offer it', () => {
  const schema = convert(`
    interface Text { type: 'text'; text: string }
    interface Image { type: 'image' | 'picture'; url: string }
    export type Part = Text | Image
    export type Open = { text: string; $unknown?: never } | { text?: never; $unknown: [string, any] }
  `)
  assert.deepEqual(schema['Part'], {
    type: 'object',
    discriminator: { propertyName: 'type' },
    oneOf: [{ $ref: '#/definitions/Text' }, { $ref: '#/definitions/Image' }],
  })
  assert.deepEqual(schema['Open'], {
    type: 'object',
    properties: { text: { type: 'string' } },
    required: ['text'],
    additionalProperties: false,
  })
})

test('a type that holds itself is a reference to itself', () => {
  const { definitions } = convert('export interface Tree { children?: Tree[] }')
  const { properties } = (definitions as { Tree: { properties: object } }).Tree
  assert.deepEqual(properties, { children: { type: 'array', items: { $ref: '#/definitions/Tree' } } })
})

test('types that do not compile are refused, not taken for anything', () => {
  assert.throws(() => convert("import type { Nothing } from 'no-such-package'\nexport type Thing = Nothing"))
})

test('a committed schema is what the installed SDK says', () => {
  const { path, text } = schemaOf('openai-completions')
  assert.equal(readFileSync(path, 'utf8'), text)
})
