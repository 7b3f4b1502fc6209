import type { Candidate, ChatResponse, Part, StopReason, Usage, WireId } from '#contract'
import type { Difference } from './difference.suite.ts'
import { membersOf, normalArguments, print } from './items.suite.ts'

/*
 * What an answer means, compared before and after it went through the caller's wire. Neutral:
 *
 *   - a text in one block or in several, and where it stands between other blocks: some wires have one text
 *   - a refusal's words as a text, the answer's stop reason being compared by itself
 *   - a stop reason that the caller's wire lacks as the nearest that it has (`nearest`); which sequence was met
 *   - an id with the caller's vendor's prefix; what the vendor did not say; id, model, tier and counters where the caller's wire has no member for them
 *   - the proof of reasoning in another vendor's envelope, or one where there was none
 *   - white space between the tokens of tool arguments; no arguments are `{}`
 *   - the signature of a tool call, which the gateway remembers under the call's id and puts back
 */

type Unified = StopReason['unified']

/** What each stop reason may become on a wire that has no word for it. */
const nearest: Readonly<Record<Unified, readonly Unified[]>> = {
  stop: ['tool-calls'],
  'stop-sequence': ['stop'],
  length: [],
  'context-length': ['length'],
  'tool-calls': ['stop'],
  'content-filter': ['refusal', 'stop'],
  refusal: ['content-filter', 'stop'],
  pause: ['stop', 'other'],
  other: ['stop'],
}

/** Differences of two answers; `to` is the wire that the second was read from. */
export function answerDifferences(
  before: ChatResponse,
  after: ChatResponse,
  to: WireId,
): readonly Difference[] {
  const found: Difference[] = []
  const missing = missingMembers[to] ?? []
  for (const [position, candidate] of before.candidates.entries()) {
    const other = after.candidates.find(({ index }) => index === candidate.index)
    if (other === undefined) found.push(lostCandidate(position))
    else found.push(...candidateDifferences(candidate, other))
  }
  found.push(...usageDifferences(before.usage, after.usage, to))
  const same = (what: string, said: unknown, heard: unknown, names: readonly string[]) => {
    const isMissing = missing.includes(what) && (heard === undefined || heard === '')
    if (said !== undefined && said !== '' && said !== heard && !isMissing)
      found.push({ what: `${what} ${said} → ${heard}`, names })
  }
  if (!after.id.endsWith(before.id)) same('id', before.id, after.id, ['id'])
  same('model', before.model, after.model, ['model'])
  same('service tier', normalTier(before.serviceTier), normalTier(after.serviceTier), [
    'service_tier',
    'usage',
  ])
  const kept = membersOf(after.extensions).map(print)
  for (const pair of membersOf(before.extensions)) {
    if (!kept.includes(print([...pair]))) found.push({ what: `member ${pair[0]}`, names: [pair[0]] })
  }
  return found
}

/** Members that a wire's answers lack, by the vendor's published types (libs/testing/schemas). */
const missingMembers: { readonly [wire in WireId]?: readonly string[] } = {
  'openai-completions': ['service tier'],
  'gemini-generate': ['service tier'],
  'bedrock-converse': ['id', 'model'],
  'cohere-v2': ['model', 'service tier'],
}

const normalTier = (tier: string | undefined) =>
  tier === 'standard' || tier === 'standard_only' ? 'default' : tier

function lostCandidate(position: number): Difference {
  return { what: `lost candidate ${position}`, base: `candidate ${position}`, names: [], whole: true }
}

function candidateDifferences(before: Candidate, after: Candidate): readonly Difference[] {
  const found: Difference[] = []
  if (textOf(before.parts) !== textOf(after.parts)) {
    found.push({ what: `text ${textOf(before.parts)} → ${textOf(after.parts)}`, names: ['text'] })
  }
  const left = [...after.parts]
  for (const [position, part] of before.parts.entries()) {
    if (part.type === 'text' || part.type === 'refusal')
      found.push(...citationDifferences(part, left, position))
    else found.push(...partDifferences(part, left, position))
  }
  for (const part of left) {
    if (part.type !== 'text' && part.type !== 'refusal')
      found.push({ what: `made up ${part.type}`, names: [], added: true })
  }
  const said = before.stopReason.unified
  const heard = after.stopReason.unified
  if (said !== heard) {
    found.push({
      what: `stop reason ${said} → ${heard}`,
      names: ['stop_reason', 'finish_reason'],
      ...(nearest[said].includes(heard) && { neutral: true }),
    })
  }
  if (print(before.logprobs) !== print(after.logprobs))
    found.push({ what: 'log probabilities', names: ['logprobs'] })
  return found
}

function textOf(parts: readonly Part[]): string {
  return parts.map((part) => (part.type === 'text' || part.type === 'refusal' ? part.text : '')).join('')
}

const at = (position: number) => `content[${position}]`

function citationDifferences(part: Part, after: readonly Part[], position: number): readonly Difference[] {
  if (part.type !== 'text' || part.citations === undefined) return []
  const kept = after.some(
    (other) =>
      other.type === 'text' && print([...(other.citations ?? [])]) === print([...(part.citations ?? [])]),
  )
  return kept ? [] : [{ what: 'citations', base: at(position), names: ['citations', 'citation'] }]
}

/** Takes what became of `part` out of `left`. */
function partDifferences(part: Part, left: Part[], position: number): readonly Difference[] {
  const found = left.findIndex((other) => keyOf(other) === keyOf(part))
  const [other] = found === -1 ? [] : left.splice(found, 1)
  if (other === undefined)
    return [{ what: `lost ${keyOf(part)}`, base: at(position), names: [], whole: true }]
  const differences: Difference[] = []
  const proof = proofOf(part)
  if (proof !== undefined && !proofOf(other)?.includes(proof)) {
    const names = ['signature', 'thoughtSignature', 'encrypted_content']
    differences.push({ what: 'signature', base: at(position), names })
  }
  const kept = membersOf('extensions' in other ? other.extensions : undefined).map(([name]) => name)
  // The words and the proof of reasoning are the part's own.
  kept.push('summary', 'encrypted_content')
  for (const [name] of membersOf('extensions' in part ? part.extensions : undefined)) {
    if (!kept.includes(name)) differences.push({ what: `member ${name}`, base: at(position), names: [name] })
  }
  return differences
}

/** The vendor's proof of reasoning, shown or not. */
function proofOf(part: Part): string | undefined {
  return part.type === 'reasoning' ? (part.redacted ?? part.signature) || undefined : undefined
}

function keyOf(part: Part): string {
  switch (part.type) {
    case 'tool-call':
      return `call ${part.id} ${part.name} ${normalArguments(part.argumentsText)}`
    case 'reasoning':
      return `reasoning ${part.text}`
    case 'opaque':
      return `opaque ${part.wire} ${print(part.value)}`
    default:
      return part.type
  }
}

/** Counters that a wire has no member for, by the vendor's published types (libs/testing/schemas). */
const missingCounters: { readonly [wire in WireId]?: readonly string[] } = {
  'anthropic-messages': ['input.audio', 'output.audio'],
  'openai-responses': ['input.audio', 'output.audio'],
  'openai-completions': ['input.cacheWrite'],
  'gemini-generate': ['input.cacheWrite', 'input.audio', 'output.audio'],
  'bedrock-converse': ['output.reasoning', 'input.audio', 'output.audio'],
  'cohere-v2': ['input.cacheWrite', 'output.reasoning', 'input.audio', 'output.audio'],
}

function usageDifferences(
  before: Usage | undefined,
  after: Usage | undefined,
  to: WireId,
): readonly Difference[] {
  if (before === undefined) return []
  const missing = missingCounters[to] ?? []
  const counters = [
    ...(['total', 'cacheRead', 'cacheWrite', 'audio'] as const).map(
      (name) => [`input.${name}`, before.input[name], after?.input[name]] as const,
    ),
    ...(['total', 'reasoning', 'audio'] as const).map(
      (name) => [`output.${name}`, before.output[name], after?.output[name]] as const,
    ),
  ]
  return counters
    .filter(
      ([name, said, heard]) =>
        said !== undefined && said !== heard && !(heard === undefined && missing.includes(name)),
    )
    .map(([name, said, heard]) => ({ what: `${name} ${said} → ${heard}`, names: ['usage'] }))
}

/** Where warnings about an answer say that something stood, in one form: the wires of the vendors differ. */
export function answerPath(path: string): string {
  const block = /(?:content|parts|output)\[(\d+)\](.*)$/.exec(path)
  if (block !== null) return `content[${block[1]}]${block[2]}`
  const candidate = /^(?:choices|candidates)\[(\d+)\]$/.exec(path)
  return candidate === null
    ? path.replace(/^(?:choices|candidates)\[\d+\]\./, '')
    : `candidate ${candidate[1]}`
}
