import type { CacheMark, Extensions, Json, Message, Part, Source, WireId } from '#contract'
import { heededMembers, itemMembers, tellingMembers } from '../item-members.ts'
import { asObject } from '../narrow.ts'
import { messagePath, partPath } from '../paths.ts'

/**
 * A conversation as a flat list of what was said, which is how turns of different wires can be compared.
 *
 * Neutral, and therefore gone here:
 *   - where one turn ends and the next of the same speaker begins
 *   - `developer` and `system` are one speaker; tool results belong to the tool, whoever brings them
 *   - a mark on a turn is a mark on its last part
 *   - ids of tool calls: calls are numbered in order, results name the number
 *   - white space between the tokens of tool arguments; no arguments are `{}`
 *   - a text of white space alone
 *   - a plain text document as bytes is the same as text; a document without a name may be given one
 *   - image detail `auto` is the default
 *   - a cache mark without a time to live has the vendor's default of five minutes
 */
export type Item = {
  readonly speaker: 'system' | 'user' | 'assistant' | 'tool'
  /** What makes it the same thing on both sides. */
  readonly key: string
  /** Set for texts, which a wire may cut or join differently. */
  readonly text?: string
  readonly base: string
  readonly attributes: ReadonlyMap<string, string>
}

type Calls = { readonly numbers: Map<string, number> }

/** Everything that was said, in order; `own` is the wire whose own members are still to be found. */
export function itemsOf(messages: readonly Message[], own: WireId): readonly Item[] {
  const calls: Calls = { numbers: new Map() }
  return messages.flatMap((message, index) => itemsOfMessage(message, index, { calls, own }))
}

type Context = { readonly calls: Calls; readonly own: WireId }

function itemsOfMessage(message: Message, index: number, context: Context): readonly Item[] {
  const path = messagePath(message, index)
  const speaker = message.role === 'developer' ? 'system' : message.role
  const items: Item[] = []
  const about = (key: string, base: string) => items.push({ speaker, key, base, attributes: new Map() })
  if (message.name !== undefined) about(`name ${message.name}`, `${path}.name`)
  for (const [name, value] of membersOf(message.extensions))
    about(`member ${name} ${value}`, `${path}.${name}`)
  for (const [position, part] of message.parts.entries()) {
    items.push(...itemsOfPart(part, { speaker, base: partPath(message, index, position), ...context }))
  }
  return markLast(items, message.cache)
}

function markLast(items: Item[], cache: CacheMark | undefined): readonly Item[] {
  const last = items.at(-1)
  if (cache === undefined || last === undefined) return items
  return [
    ...items.slice(0, -1),
    { ...last, attributes: new Map([...last.attributes, ['cache', ttl(cache)]]) },
  ]
}

const ttl = (cache: CacheMark) => cache.ttl ?? '5m'

/**
 * Extensions as flat pairs, name and the value's text; of an item that its wire remembers whole, what
 * tells something; nothing of what every wire does anyway.
 */
export function membersOf(extensions: Extensions | undefined): readonly (readonly [string, string])[] {
  return Object.values(extensions ?? {}).flatMap((members) =>
    Object.entries(members).flatMap(([name, value]) => {
      if (name === heededMembers) return []
      const item = name === itemMembers ? asObject(value) : undefined
      if (item === undefined) return [[name, print(value)] as const]
      return tellingMembers(item).map((each) => [each, print(item[each])] as const)
    }),
  )
}

type Place = Context & { readonly speaker: Item['speaker']; readonly base: string }

function itemsOfPart(part: Part, place: Place): readonly Item[] {
  const { speaker, base } = place
  if (part.type === 'opaque') {
    return [{ speaker, key: `opaque ${part.wire} ${print(part.value)}`, base, attributes: new Map() }]
  }
  const attributes = attributesOf(part)
  if (part.type === 'tool-result') {
    const number = place.calls.numbers.get(part.callId) ?? '?'
    const inner = part.content.flatMap((each, position) =>
      itemsOfPart(each, { ...place, speaker: 'tool', base: `${base}.content[${position}]` }),
    )
    return [{ speaker: 'tool', key: `result ${number}`, base, attributes }, ...inner]
  }
  if (part.type === 'text' || part.type === 'refusal') {
    const { text } = part
    const kind = part.type === 'refusal' ? [...attributes, ['refusal', 'true'] as const] : attributes
    return text.trim() === '' ? [] : [{ speaker, key: `text ${text}`, text, base, attributes: new Map(kind) }]
  }
  return [{ speaker, key: keyOf(part, place.calls), base, attributes }]
}

type OtherPart = Exclude<Part, { type: 'opaque' | 'tool-result' | 'text' | 'refusal' }>

function keyOf(part: OtherPart, { numbers }: Calls): string {
  switch (part.type) {
    case 'tool-call': {
      const number = numbers.size
      numbers.set(part.id, number)
      return `call ${number} ${part.name} ${normalArguments(part.argumentsText)}`
    }
    case 'reasoning':
      return part.redacted === undefined ? `reasoning ${part.text}` : `redacted ${part.redacted}`
    case 'audio':
      return `audio ${part.format} ${printSource(part.source)}`
    default:
      return `${part.type} ${printSource(part.source)}`
  }
}

/** The attributes of a part that a wire may have no place for, by our names. */
function attributesOf(part: Exclude<Part, { type: 'opaque' }>): ReadonlyMap<string, string> {
  const found = new Map<string, string>()
  const set = (name: string, value: string | undefined) => value !== undefined && found.set(name, value)
  if (part.cache !== undefined) set('cache', ttl(part.cache))
  for (const [name, value] of membersOf(part.extensions)) {
    if (part.cache === undefined || !neutralMarks.has(name)) set(name, value)
  }
  if ('signature' in part) set('signature', part.signature)
  if (part.type === 'image' && part.detail !== 'auto') set('detail', part.detail)
  if (part.type === 'tool-result' && part.isError === true) set('isError', 'true')
  if (part.type === 'text' && part.citations !== undefined) set('citations', print([...part.citations]))
  if (part.type === 'document') {
    set('name', part.name)
    set('context', part.context)
    if (part.citations === true) set('citations', 'true')
  }
  return found
}

/** Members that openai-chat keeps as they stood beside the neutral cache mark. */
const neutralMarks: ReadonlySet<string> = new Set(['cache_control', 'prompt_cache_breakpoint'])

/** Arguments with the same members in the same order read alike; that numbers keep their letters is checked in the body itself. */
export function normalArguments(text: string): string {
  if (text.trim() === '') return '{}'
  try {
    return JSON.stringify(JSON.parse(text))
  } catch {
    return text
  }
}

function printSource(source: Source): string {
  if (source.kind === 'base64' && /^(?:text\/|application\/json)/.test(source.mediaType)) {
    return `text ${Buffer.from(source.data, 'base64').toString('utf8')}`
  }
  switch (source.kind) {
    case 'base64':
      return `bytes ${source.mediaType} ${source.data}`
    case 'url':
      return `url ${source.url}`
    case 'file':
      return `file ${source.id}`
    case 'text':
      return `text ${source.text}`
  }
}

export function print(value: Json | undefined): string {
  return JSON.stringify(value) ?? ''
}
