import { GatewayError, type Splice } from '#contract'

/** One replacement: the bytes from `from` up to `to` become `text`. */
type Edit = { readonly from: number; readonly to: number; readonly text: string }

const quote = 0x22
const backslash = 0x5c
const comma = 0x2c
const colon = 0x3a
const openBrace = 0x7b
const closeBrace = 0x7d
const openBracket = 0x5b
const closeBracket = 0x5d

/**
 * Changes top-level members of a raw JSON object without reprinting it: every byte that belongs to no changed member
 * stays as it is. Every occurrence of a duplicated name is changed, names written with escapes are recognised, members
 * to `set` that are absent are appended. Returns `bytes` itself when nothing changes. Throws `invalid-request` for
 * bytes that are no JSON object; it does not otherwise validate JSON that a parser has already accepted.
 */
export function splice(bytes: Uint8Array, change: Splice): Uint8Array {
  const body = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const edits = collectEdits(body, change)
  return edits.length === 0 ? bytes : applyEdits(body, edits)
}

/**
 * One member as it stands in the bytes. `name` is empty for one that the change does not name, `next` where the next
 * member's name starts; absent for the last one.
 */
type Member = {
  readonly name: string
  readonly keyStart: number
  readonly valueStart: number
  readonly valueEnd: number
  readonly next: number | undefined
}

function collectEdits(body: Buffer, change: Splice): Edit[] {
  const edits: Edit[] = []
  const absent = wantedMembers(change)
  const renames = Object.keys(change.rename ?? {})
  const { members, inside } = readMembers(body, [...absent.keys(), ...change.remove, ...renames])
  /** End of the last member that stays; what is appended goes here. */
  let keptEnd: number | undefined
  for (const member of members) {
    if (change.remove.includes(member.name)) {
      removeMember(edits, member, keptEnd)
      continue
    }
    renameMember(edits, body, change, member)
    const text = newText(body, change, member)
    if (text !== undefined) edits.push({ from: member.valueStart, to: member.valueEnd, text })
    absent.delete(member.name)
    keptEnd = member.valueEnd
  }
  if (absent.size > 0) appendMembers(edits, absent, { at: keptEnd ?? inside, first: keptEnd === undefined })
  return edits
}

/** What the change wants to read afterwards, by name. */
function wantedMembers(change: Splice): Map<string, string> {
  const wanted = new Map(Object.entries(change.set))
  for (const [name, members] of Object.entries(change.merge ?? {})) wanted.set(name, printObject(members))
  for (const name of change.remove) wanted.delete(name)
  return wanted
}

/** Finds the top-level members; `inside` is the first position inside the braces that is no space. */
function readMembers(
  body: Buffer,
  names: readonly string[],
): { readonly members: readonly Member[]; readonly inside: number } {
  const members: Member[] = []
  const inside = skipSpace(body, expect(body, skipSpace(body, 0), openBrace))
  let at = inside
  while (body[at] === quote) {
    const keyStart = at
    const keyEnd = stringEnd(body, keyStart)
    const valueStart = skipSpace(body, expect(body, skipSpace(body, keyEnd), colon))
    const valueEnd = skipValue(body, valueStart)
    at = skipSpace(body, valueEnd)
    const more = body[at] === comma
    if (more) at = skipSpace(body, at + 1)
    const name = readName(body, { start: keyStart + 1, end: keyEnd - 1 }, names)
    members.push({ name, keyStart, valueStart, valueEnd, next: more ? at : undefined })
    if (!more) break
  }
  expect(body, at, closeBrace)
  return { members, inside }
}

/** The member's new value as JSON text; `undefined` when it stays. */
function newText(body: Buffer, change: Splice, member: Member): string | undefined {
  return Object.hasOwn(change.set, member.name) ? change.set[member.name] : mergedText(body, change, member)
}

function mergedText(body: Buffer, change: Splice, member: Member): string | undefined {
  if (change.merge === undefined || !Object.hasOwn(change.merge, member.name)) return undefined
  const members = change.merge[member.name] ?? {}
  if (body[member.valueStart] !== openBrace) return printObject(members)
  const inner = splice(body.subarray(member.valueStart, member.valueEnd), { set: members, remove: [] })
  return Buffer.from(inner.buffer, inner.byteOffset, inner.byteLength).toString('utf8')
}

function renameMember(edits: Edit[], body: Buffer, change: Splice, member: Member): void {
  if (change.rename === undefined || !Object.hasOwn(change.rename, member.name)) return
  const text = JSON.stringify(change.rename[member.name])
  edits.push({ from: member.keyStart, to: stringEnd(body, member.keyStart), text })
}

/**
 * Drops a member with one comma: up to the next member where one follows, else from the end of the last one that
 * stays, swallowing the removals between.
 */
function removeMember(edits: Edit[], member: Member, keptEnd: number | undefined): void {
  if (member.next !== undefined) {
    edits.push({ from: member.keyStart, to: member.next, text: '' })
    return
  }
  const from = keptEnd ?? member.keyStart
  while (keptEnd !== undefined && (edits.at(-1)?.from ?? -1) >= from) edits.pop()
  edits.push({ from, to: member.valueEnd, text: '' })
}

function appendMembers(
  edits: Edit[],
  members: ReadonlyMap<string, string>,
  place: { readonly at: number; readonly first: boolean },
): void {
  const printed = [...members].map(([name, text]) => `${JSON.stringify(name)}:${text}`).join(',')
  const text = place.first ? printed : `,${printed}`
  const after = edits.findIndex((edit) => edit.from >= place.at)
  if (after === -1) edits.push({ from: place.at, to: place.at, text })
  else edits.splice(after, 0, { from: place.at, to: place.at, text })
}

function applyEdits(body: Buffer, edits: readonly Edit[]): Uint8Array {
  const pieces: Uint8Array[] = []
  let at = 0
  for (const edit of edits) {
    if (edit.from > at) pieces.push(body.subarray(at, edit.from))
    if (edit.text !== '') pieces.push(Buffer.from(edit.text))
    at = edit.to
  }
  pieces.push(body.subarray(at))
  return Buffer.concat(pieces)
}

function printObject(members: Readonly<Record<string, string>>): string {
  return `{${Object.entries(members)
    .map(([name, text]) => `${JSON.stringify(name)}:${text}`)
    .join(',')}}`
}

/** Which of `names` the key spells; empty for none. Decoding is for the rare key that is not plain ASCII. */
function readName(
  body: Buffer,
  key: { readonly start: number; readonly end: number },
  names: readonly string[],
): string {
  for (let at = key.start; at < key.end; at += 1) {
    const byte = body[at] ?? 0
    if (byte === backslash || byte > 0x7f) return decodeKey(body, key)
  }
  return names.find((name) => spells(body, key, name)) ?? ''
}

function spells(body: Buffer, key: { readonly start: number; readonly end: number }, name: string): boolean {
  if (key.end - key.start !== name.length) return false
  for (let index = 0; index < name.length; index += 1) {
    if (body[key.start + index] !== name.charCodeAt(index)) return false
  }
  return true
}

function decodeKey(body: Buffer, key: { readonly start: number; readonly end: number }): string {
  return JSON.parse(body.toString('utf8', key.start - 1, key.end + 1)) as string
}

function expect(body: Buffer, at: number, byte: number): number {
  if (body[at] !== byte) throw notAnObject()
  return at + 1
}

function skipSpace(body: Buffer, from: number): number {
  let at = from
  while (isSpace(body[at])) at += 1
  return at
}

function isSpace(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09
}

/** A search in native code costs as much as this many steps of our own: short strings are walked. */
const worthSearching = 24

/** Position after the closing quote of the string that opens at `start`. */
function stringEnd(body: Buffer, start: number): number {
  for (let at = start + 1; at < start + worthSearching; at += 1) {
    const byte = body[at]
    if (byte === quote) return at + 1
    if (byte === backslash) break
  }
  let at = start + 1
  for (;;) {
    const end = body.indexOf(quote, at)
    if (end === -1) throw notAnObject()
    let slashes = 0
    while (body[end - 1 - slashes] === backslash) slashes += 1
    if (slashes % 2 === 0) return end + 1
    at = end + 1
  }
}

/** Position after the value that starts at `start`. */
function skipValue(body: Buffer, start: number): number {
  const first = body[start]
  if (first === quote) return stringEnd(body, start)
  if (first === openBrace || first === openBracket) return skipNested(body, start)
  let at = start
  while (at < body.length && !endsScalar(body[at])) at += 1
  if (at === start || at === body.length) throw notAnObject()
  return at
}

function endsScalar(byte: number | undefined): boolean {
  return byte === comma || byte === closeBrace || byte === closeBracket || isSpace(byte)
}

function skipNested(body: Buffer, start: number): number {
  let depth = 0
  let at = start
  while (at < body.length) {
    const byte = body[at]
    if (byte === quote) {
      at = stringEnd(body, at)
      continue
    }
    if (byte === openBrace || byte === openBracket) depth += 1
    else if (byte === closeBrace || byte === closeBracket) depth -= 1
    at += 1
    if (depth === 0) return at
  }
  throw notAnObject()
}

function notAnObject(): GatewayError {
  return new GatewayError({
    kind: 'invalid-request',
    code: 'invalid_json',
    message: 'The request body is not a JSON object.',
  })
}
