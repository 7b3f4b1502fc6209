import type { Json, JsonObject, Quirks, Splice, Warning } from '#contract'
import { setMember } from './set-member.ts'
import { splice } from './splice.ts'
import { createWarnings } from './warnings.ts'

/** A request as one provider takes it, and what of it the provider refuses. */
export type Fitted<Body> = { readonly body: Body; readonly warnings: readonly Warning[] }

/** What a wire's encoder wrote, as this provider takes it: other names, less members, its own envelope. */
export function fitBody(body: JsonObject, quirks: Quirks): Fitted<JsonObject> {
  const { refuses, renames, envelope } = quirks
  if (refuses === undefined && renames === undefined && envelope === undefined) return { body, warnings: [] }
  const plan = planMembers(body, quirks)
  const fitted: Record<string, Json | undefined> = {}
  for (const [name, value] of Object.entries(body)) {
    if (value === undefined || plan.remove.includes(name)) continue
    setMember(fitted, plan.rename[name] ?? name, value)
  }
  return { body: { ...fitted, ...envelope?.add }, warnings: plan.warnings }
}

/**
 * The caller's own bytes, as this provider takes them: the wire's `change` and the same as `fitBody` in one edit, so that
 * no value is reprinted.
 */
export function fitBytes(bytes: Uint8Array, change: Splice, quirks: Quirks): Fitted<Uint8Array> {
  const { refuses, renames, envelope } = quirks
  if (refuses === undefined && renames === undefined && envelope === undefined) {
    return { body: splice(bytes, change), warnings: [] }
  }
  const plan = planMembers(parse(bytes), quirks)
  const added = Object.entries(envelope?.add ?? {}).map(([name, value]) => [name, JSON.stringify(value)])
  const whole: Splice = {
    ...change,
    set: { ...change.set, ...Object.fromEntries(added) },
    remove: [...change.remove, ...plan.remove],
    rename: plan.rename,
  }
  return { body: splice(bytes, whole), warnings: plan.warnings }
}

type MemberPlan = {
  readonly remove: readonly string[]
  readonly rename: Readonly<Record<string, string>>
  readonly warnings: readonly Warning[]
}

/** A member whose new name is taken gives way to it: the provider would read only one of the two. */
function planMembers(body: JsonObject, { refuses = [], renames = {}, envelope }: Quirks): MemberPlan {
  const warnings = createWarnings()
  const remove = [...(envelope?.remove ?? [])]
  const leaveOut = (name: string) => {
    if (!Object.hasOwn(body, name)) return
    remove.push(name)
    if (says(body, name)) warnings.unsupported(name)
  }
  const wanted = Object.entries(renames)
  const rename = wanted.filter(([name, own]) => says(body, name) && !Object.hasOwn(body, own))
  for (const [name] of wanted) if (!rename.some(([renamed]) => renamed === name)) leaveOut(name)
  for (const name of refuses) leaveOut(name)
  return { remove, rename: Object.fromEntries(rename), warnings: warnings.all() }
}

/** `null` is what clients write for "not set". */
function says(body: JsonObject, name: string): boolean {
  return Object.hasOwn(body, name) && body[name] !== null && body[name] !== undefined
}

/** What cannot be parsed is left to the splice, which says what is wrong with it. */
function parse(bytes: Uint8Array): JsonObject {
  try {
    const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8')
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : {}
  } catch {
    return {}
  }
}
