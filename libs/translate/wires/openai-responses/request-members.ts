import type { Extensions, Json, JsonObject } from '#contract'
import { heededMembers } from '../../item-members.ts'
import { asList, asObject } from '../../narrow.ts'
import { optionalObject, optionalTexts } from '../../request-members.ts'
import { setMember } from '../../set-member.ts'
import { unknownMembers } from '../../unknown-members.ts'

/*
 * The top-level members of a request that have no neutral place ↔ extensions.
 *
 *   text.verbosity, reasoning.context, …   under the member's whole path, which is what a warning names
 *   include, without what is neutral       itself
 *   what every wire does anyway            under `$heeded`: store nothing, answer at once, cut no input, return the proof
 *                                          of reasoning, no padding
 *   any other                              itself
 */

/** Members that the canonical request has a place for. */
const known: ReadonlySet<string> = new Set([
  ...['model', 'input', 'instructions', 'stream', 'fallbacks'],
  ...['temperature', 'top_p', 'max_output_tokens', 'top_logprobs', 'include'],
  ...['tools', 'tool_choice', 'parallel_tool_calls', 'text', 'reasoning'],
  ...['user', 'safety_identifier', 'metadata', 'service_tier', 'prompt_cache_key'],
])

/** Objects of which the canonical request has a place for some members. */
const partlyKnown: Readonly<Record<string, ReadonlySet<string>>> = {
  text: new Set(['format']),
  reasoning: new Set(['effort', 'summary']),
}

/** The entry of `include` that asks for logprobs, and the one that asks for the proof of reasoning. */
export const includeLogprobs = 'message.output_text.logprobs'
export const includeReasoning = 'reasoning.encrypted_content'

const heeded: Readonly<Record<string, Json>> = {
  store: false,
  background: false,
  truncation: 'disabled',
  stream_options: { include_obfuscation: false },
  include: [includeReasoning],
}

export function decodeOwnMembers(body: JsonObject): JsonObject {
  const found: Record<string, Json> = {}
  for (const [name, value] of Object.entries(unknownMembers(body, known) ?? {})) {
    if (value !== undefined) setMember(found, name, value)
  }
  for (const [name, neutral] of Object.entries(partlyKnown)) Object.assign(found, ownOf(body, name, neutral))
  const include = optionalTexts(body, 'include')?.filter((entry) => entry !== includeLogprobs) ?? []
  if (include.length > 0) found['include'] = include
  const { user, safety_identifier: person } = body
  if (typeof user === 'string' && typeof person === 'string' && user !== person) found['user'] = user
  return setHeededApart(found)
}

/** The members of one of the request's objects that have no neutral place, under their whole paths. */
function ownOf(body: JsonObject, name: string, neutral: ReadonlySet<string>): JsonObject {
  const own = Object.entries(unknownMembers(optionalObject(body, name) ?? {}, neutral) ?? {})
  return Object.fromEntries(own.map(([inner, value]) => [`${name}.${inner}`, value]))
}

function setHeededApart(found: Record<string, Json>): JsonObject {
  const apart: Record<string, Json> = {}
  for (const [name, value] of Object.entries(heeded)) {
    if (JSON.stringify(found[name]) !== JSON.stringify(value)) continue
    apart[name] = value
    delete found[name]
  }
  return Object.keys(apart).length === 0 ? found : { ...found, [heededMembers]: apart }
}

/** The members as they stand in a request; `undefined` for a request that came on another wire. */
export function encodeOwnMembers(extensions: Extensions | undefined): JsonObject | undefined {
  const own = extensions?.['openai-responses']
  if (own === undefined) return undefined
  const members: Record<string, Json> = {}
  for (const [name, value] of Object.entries(own)) {
    if (value === undefined || name === heededMembers) continue
    const object = Object.keys(partlyKnown).find((each) => name.startsWith(`${each}.`))
    if (object === undefined) setMember(members, name, value)
    else members[object] = { ...asObject(members[object]), [name.slice(object.length + 1)]: value }
  }
  return { ...members, ...asObject(own[heededMembers]) }
}

/** `include` with what the neutral members ask for. */
export function encodeInclude(own: JsonObject, logprobs: boolean | undefined): readonly Json[] {
  const include = asList(own['include']) ?? []
  return logprobs === true ? [...include, includeLogprobs] : include
}
