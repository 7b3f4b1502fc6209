import { isJsonObject, type JsonObject } from '#contract'
import type { Fact, FactChange } from '../store.ts'

/** A change as it is told on the channel: by whom, and the number that he gave it. */
export type Notice = FactChange & { readonly from: string; readonly number: number }

/** As a field of the scope's hash; '' for none. Its end comes first: the script looks for it there. */
export function encodeFact(fact: Fact | undefined): string {
  return fact === undefined ? '' : JSON.stringify({ untilMs: fact.untilMs, value: fact.value })
}

/** `undefined` for what is not there, or was not written by us. */
export function decodeFact(text: string | undefined): Fact | undefined {
  const members = parse(text)
  return members === undefined ? undefined : factOf(members)
}

export function encodeNotice({ from, number, scope, name, fact }: Notice): string {
  return JSON.stringify({ from, number, scope, name, ...(fact !== undefined && { fact }) })
}

export function decodeNotice(text: string): Notice | undefined {
  const { from, number, scope, name, fact } = parse(text) ?? {}
  if (typeof from !== 'string' || typeof number !== 'number') return undefined
  if (typeof scope !== 'string' || typeof name !== 'string') return undefined
  return { from, number, scope, name, fact: isJsonObject(fact) ? factOf(fact) : undefined }
}

function factOf({ untilMs, value }: JsonObject): Fact | undefined {
  if (typeof untilMs !== 'number' || value === undefined) return undefined
  return { value, untilMs }
}

function parse(text: string | undefined): JsonObject | undefined {
  if (text === undefined) return undefined
  try {
    const value: unknown = JSON.parse(text)
    return isJsonObject(value) ? value : undefined
  } catch {
    return undefined
  }
}
