import { isJsonObject, type JsonObject, type Message } from '#contract'
import type { Records } from './store.ts'

/** An answer that its provider does not keep, and what it answered to. */
export type StoredResponse = {
  /** As the caller got it. */
  readonly response: JsonObject
  /** The whole conversation before it, without the instructions, which hold for one answer alone. */
  readonly messages: readonly Message[]
  /** Who asked for it. */
  readonly tenant?: string
}

/** Answers under ids of ours, for 30 days. Rejects as the store's records do. */
export type StoredResponses = {
  /** False for one that is too long to be kept. */
  keep(id: string, stored: StoredResponse): Promise<boolean>
  find(id: string): Promise<StoredResponse | undefined>
  delete(id: string): Promise<boolean>
}

const ttlMs = 30 * 24 * 60 * 60 * 1_000
/** A long conversation without pictures; one with them may not fit, and then the caller is told. */
const longestRecord = 8 * 1024 * 1024
const ours = /^resp_bf[\w-]{32}$/

/** An id of ours; `random` is 32 characters of base64url that nobody can guess: who has the id has the answer. */
export function storedResponseId(random: string): string {
  return `resp_bf${random}`
}

export function isStoredResponseId(id: string): boolean {
  return ours.test(id)
}

export function createStoredResponses(records: Records): StoredResponses {
  const keyOf = (id: string) => `response:${id}`
  return {
    async keep(id, stored) {
      const text = JSON.stringify(stored)
      if (text.length > longestRecord) return false
      await records.set(keyOf(id), text, ttlMs)
      return true
    },
    async find(id) {
      if (!isStoredResponseId(id)) return undefined
      const text = await records.get(keyOf(id))
      return text === undefined ? undefined : readStored(text)
    },
    async delete(id) {
      return isStoredResponseId(id) && (await records.delete(keyOf(id)))
    },
  }
}

/** Another version may have written something else: then it is as if it were gone. */
function readStored(text: string): StoredResponse | undefined {
  const value: unknown = JSON.parse(text)
  const isStored = isJsonObject(value) && isJsonObject(value['response']) && Array.isArray(value['messages'])
  return isStored ? (value as unknown as StoredResponse) : undefined
}
