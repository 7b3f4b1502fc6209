import type { Json, JsonObject } from '#contract'
import { constraint, invalid } from './errors.ts'
import {
  join,
  type Place,
  readBytes,
  readList,
  readObject,
  readOneOf,
  readText,
  readUnion,
} from './members.ts'

const kinds = [
  ...['text', 'image', 'document', 'video', 'audio', 'toolUse', 'toolResult', 'guardContent', 'cachePoint'],
  ...['reasoningContent', 'citationsContent', 'searchResult', 'toolAddition', 'toolRemoval'],
]
const resultKinds = ['json', 'text', 'image', 'document', 'video', 'searchResult']
const imageFormats = ['png', 'jpeg', 'gif', 'webp']
const documentFormats = ['pdf', 'csv', 'doc', 'docx', 'xls', 'xlsx', 'html', 'txt', 'md']
const toolUseId = /^[a-zA-Z0-9_-]{1,64}$/
export const toolName = /^[a-zA-Z0-9_-]{1,64}$/

/** What a message's blocks say, in short. */
export type Blocks = {
  readonly text: string
  readonly toolUses: readonly string[]
  readonly toolResults: readonly string[]
  readonly kinds: readonly string[]
}

export type BlockRules = {
  readonly role: string
  /** Names of the documents so far. */
  readonly documents: Set<string>
}

/** Checks a message's content as `ContentBlock` says, and what the vendor's own messages say beside. */
export function readBlocks(content: readonly Json[], place: Place, rules: BlockRules): Blocks {
  const texts: string[] = []
  const results: string[] = []
  const toolUses: string[] = []
  const toolResults: string[] = []
  const found: string[] = []
  for (const [index, block] of content.entries()) {
    const at = join(place, index)
    const [kind, value] = readUnion(block, at, kinds)
    found.push(kind)
    if (kind === 'text') texts.push(readBlockText(value, at))
    else if (kind === 'toolUse') toolUses.push(readToolUse(value, join(at, kind), rules))
    else if (kind === 'toolResult') {
      const { id, text } = readToolResult(value, join(at, kind), rules)
      toolResults.push(id)
      results.push(text)
    } else checkBlock(kind, value, { at: join(at, kind), rules })
  }
  if (found.includes('document') && !found.includes('text')) {
    throw invalid(
      `The content at ${place.path} has a document but no text. Include a ContentBlock object with a text field, and try again.`,
    )
  }
  return { text: (texts.length > 0 ? texts : results).join(''), toolUses, toolResults, kinds: found }
}

function readBlockText(value: Json, place: Place): string {
  const text = readText(value, join(place, 'text'))
  if (text.trim() !== '') return text
  throw invalid(
    `The text field in the ContentBlock object at ${place.path} is blank. Add text to the text field, and try again.`,
  )
}

function readToolUse(value: Json, place: Place, { role }: BlockRules): string {
  if (role !== 'assistant') throw onlyFor('toolUse', 'assistant', place)
  const block = readObject(value, place, ['toolUseId', 'name', 'input', 'type'])
  readText(block['name'], join(place, 'name'), toolName)
  readObject(block['input'], join(place, 'input'))
  return readText(block['toolUseId'], join(place, 'toolUseId'), toolUseId)
}

function readToolResult(value: Json, place: Place, rules: BlockRules): { id: string; text: string } {
  if (rules.role !== 'user') throw onlyFor('toolResult', 'user', place)
  const block = readObject(value, place, ['toolUseId', 'content', 'status', 'type'])
  if (block['status'] !== undefined) readOneOf(block['status'], join(place, 'status'), ['success', 'error'])
  const texts = readList(block['content'], join(place, 'content')).map((inner, index) => {
    const at = join(join(place, 'content'), index)
    const [kind, content] = readUnion(inner, at, resultKinds)
    if (kind === 'text') return readText(content, join(at, kind))
    if (kind === 'json') return JSON.stringify(content)
    checkBlock(kind, content, { at: join(at, kind), rules })
    return ''
  })
  return { id: readText(block['toolUseId'], join(place, 'toolUseId'), toolUseId), text: texts.join('') }
}

type Checked = { readonly at: Place; readonly rules: BlockRules }

function checkBlock(kind: string, value: Json, { at, rules }: Checked): void {
  switch (kind) {
    case 'image': {
      if (rules.role !== 'user') throw onlyFor(kind, 'user', at)
      const image = readObject(value, at, ['format', 'source', 'error'])
      readOneOf(image['format'], join(at, 'format'), imageFormats)
      checkSource(image['source'], join(at, 'source'), ['bytes', 's3Location'])
      return
    }
    case 'document':
      checkDocument(value, at, rules)
      return
    case 'reasoningContent':
      checkReasoning(value, at)
      return
    case 'cachePoint':
      checkCachePoint(value, at)
      return
    default:
      readObject(value, at)
  }
}

function checkSource(value: Json | undefined, place: Place, allowed: readonly string[]): void {
  const [kind, source] = readUnion(value, place, allowed)
  if (kind === 'bytes') readBytes(source, join(place, kind))
  if (kind === 's3Location') {
    const location: JsonObject = readObject(source, join(place, kind), ['uri', 'bucketOwner'])
    readText(
      location['uri'],
      join(join(place, kind), 'uri'),
      /^s3:\/\/[a-z0-9][.\-a-z0-9]{1,61}[a-z0-9](\/.*)?$/,
    )
  }
}

function checkDocument(value: Json, place: Place, { role, documents }: BlockRules): void {
  if (role !== 'user') throw onlyFor('document', 'user', place)
  const document = readObject(value, place, ['format', 'name', 'source', 'context', 'citations'])
  if (document['format'] !== undefined) readOneOf(document['format'], join(place, 'format'), documentFormats)
  const name = readText(document['name'], join(place, 'name'))
  if (!/^[A-Za-z0-9\s()[\]-]{1,200}$/.test(name) || /\s\s/.test(name)) {
    throw invalid(
      'The document file name can only contain alphanumeric characters, whitespace characters, hyphens, parentheses, and square brackets. The name can’t contain more than one consecutive whitespace character.',
    )
  }
  if (documents.has(name)) {
    throw invalid(`The document file name ${name} is a duplicate. Use another name, and try again.`)
  }
  documents.add(name)
  checkSource(document['source'], join(place, 'source'), ['bytes', 's3Location', 'text', 'content'])
}

function checkReasoning(value: Json, place: Place): void {
  const [kind, reasoning] = readUnion(value, place, ['reasoningText', 'redactedContent'])
  if (kind === 'redactedContent') {
    readBytes(reasoning, join(place, kind))
    return
  }
  const text = readObject(reasoning, join(place, kind), ['text', 'signature'])
  readText(text['text'], join(join(place, kind), 'text'))
}

export function checkCachePoint(value: Json | undefined, place: Place): void {
  const point = readObject(value, place, ['type', 'ttl'])
  readOneOf(point['type'], join(place, 'type'), ['default'])
  if (point['ttl'] !== undefined) readOneOf(point['ttl'], join(place, 'ttl'), ['5m', '1h'])
}

function onlyFor(kind: string, role: string, place: Place) {
  return constraint(place.path, `not be a ${kind}, which only a message of the ${role} may hold`)
}
