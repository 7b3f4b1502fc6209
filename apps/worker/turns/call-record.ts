import { isJsonObject, type ReasoningPart, type WireId } from '#contract'

/** What is kept of one tool call until its result comes back. */
export type CallRecord = {
  /** The wire that wants it back; to another one it says nothing. */
  readonly wire: WireId
  /** The vendor's own id of the call. */
  readonly id: string
  /** The vendor's proof on the call itself. */
  readonly signature?: string
  /** Reasoning that stood before anything else of the turn. */
  readonly opening?: readonly ReasoningPart[]
  /** Reasoning that stood between what came before and this call. */
  readonly before?: readonly ReasoningPart[]
}

export const callRecordTtlMs = 24 * 60 * 60 * 1_000
/** Far above any turn's reasoning; what is longer is not kept. */
const longestRecord = 1024 * 1024

/**
 * Vendors bound the ids that they take: 40 characters on OpenAI's chat, letters, digits, `_` and `-` on Anthropic's. So
 * as much of the vendor's own id as leaves room, our mark, and 96 random bits: nobody can guess another caller's.
 */
const longestId = 40
const mark = '_bf'
const suffixLength = 16
const ours = /_bf[\w-]{16}$/

/** `suffix` is 16 characters, new for each call. */
export function uniqueCallId(vendorId: string, suffix: string): string {
  return `${vendorId.slice(0, longestId - mark.length - suffixLength)}${mark}${suffix}`
}

/** Whether an id may have a record: one of a caller's own making is not looked up. */
export function isUniqueCallId(id: string): boolean {
  return id.length <= longestId && ours.test(id)
}

export function callRecordKey(id: string): string {
  return `call:${id}`
}

/** `undefined` for one that is too long to be kept. */
export function encodeCallRecord(record: CallRecord): string | undefined {
  const text = JSON.stringify(record)
  return text.length > longestRecord ? undefined : text
}

/** What we wrote ourselves; `undefined` for anything else, as another version may write it. */
export function decodeCallRecord(text: string): CallRecord | undefined {
  const value: unknown = JSON.parse(text)
  const isRecord = isJsonObject(value) && typeof value['wire'] === 'string' && typeof value['id'] === 'string'
  return isRecord ? (value as CallRecord) : undefined
}
