import type { Json, JsonObject, Quirks } from '#contract'
import { asList, asObject, parseObject } from '../../narrow.ts'
import { isShortId } from './short-id.ts'

/*
 * Turns that a provider of this wire would refuse as OpenAI's callers write them. Members at the top of a body are
 * changed in its bytes (`quirks.ts`); what stands in a turn is not reached there, so the request is written anew:
 *
 *   noDeveloperRole    a developer turn
 *   shortToolCallIds   an id of a tool call that is not nine letters and digits
 *   reasoningField     a turn's reasoning under the other name
 */

/** Whether the bytes of a request hold such a turn. Reads them only for a provider that has one of those quirks. */
export function misfits({ bytes, quirks }: { readonly bytes: Uint8Array; readonly quirks: Quirks }): boolean {
  const { noDeveloperRole, shortToolCallIds, reasoningField } = quirks
  if (noDeveloperRole !== true && shortToolCallIds !== true && reasoningField === undefined) return false
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8')
  const turns = asList(parseObject(text)?.['messages']) ?? []
  return turns.some((turn) => isMisfit(asObject(turn) ?? {}, quirks))
}

function isMisfit(turn: JsonObject, quirks: Quirks): boolean {
  if (quirks.noDeveloperRole === true && turn['role'] === 'developer') return true
  if (quirks.shortToolCallIds === true && idsOf(turn).some((id) => !isShortId(id))) return true
  return hasForeignReasoning(turn, quirks.reasoningField)
}

function idsOf(turn: JsonObject): readonly string[] {
  const calls = asList(turn['tool_calls']) ?? []
  return [turn['tool_call_id'], ...calls.map((call) => asObject(call)?.['id'])].flatMap(textsOf)
}

const textsOf = (value: Json | undefined): readonly string[] => (typeof value === 'string' ? [value] : [])

function hasForeignReasoning(turn: JsonObject, field: Quirks['reasoningField']): boolean {
  if (field === undefined) return false
  const other = field === 'reasoning' ? 'reasoning_content' : 'reasoning'
  return turn[other] !== undefined && turn[other] !== null
}
