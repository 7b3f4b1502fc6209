import type { Extensions, OpaquePart, StopReason, Warning } from './chat.ts'
import type { Json } from './json.ts'
import type { WireId } from './names.ts'
import type { Usage } from './usage.ts'

/** What kind of block opens; its content follows in deltas. */
export type BlockStart =
  | { readonly type: 'text' }
  | { readonly type: 'refusal' }
  /** `plan`: as in ReasoningPart. */
  | { readonly type: 'reasoning'; readonly plan?: true }
  | { readonly type: 'redacted-reasoning'; readonly data: string }
  | { readonly type: 'tool-call'; readonly id: string; readonly name: string; readonly signature?: string }
  | OpaquePart

export type BlockDelta =
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'signature'; readonly signature: string }
  | { readonly type: 'arguments'; readonly text: string }
  | { readonly type: 'citation'; readonly citation: Json }
  | { readonly type: 'opaque'; readonly wire: WireId; readonly value: Json }

/**
 * A streamed answer, in order:
 *
 *   response-start (block-start block-delta* block-end | usage | warning | opaque)* candidate-end+ usage? response-end
 *
 * `candidate` numbers answers (`n` > 1), `block` numbers the blocks of a candidate from 0. Blocks of one candidate do
 * not overlap, except tool calls where a vendor interleaves them. Errors are not events: they end the stream as a
 * thrown GatewayError.
 */
export type ChatEvent =
  | {
      readonly type: 'response-start'
      readonly id: string
      readonly model: string
      readonly createdAtSeconds?: number
      readonly extensions?: Extensions
    }
  | {
      readonly type: 'block-start'
      readonly candidate: number
      readonly block: number
      readonly start: BlockStart
    }
  | {
      readonly type: 'block-delta'
      readonly candidate: number
      readonly block: number
      readonly delta: BlockDelta
      readonly logprobs?: Json
    }
  | { readonly type: 'block-end'; readonly candidate: number; readonly block: number }
  | { readonly type: 'candidate-end'; readonly candidate: number; readonly stopReason: StopReason }
  /** Cumulative: a later one replaces an earlier one. */
  | { readonly type: 'usage'; readonly usage: Usage }
  | { readonly type: 'warning'; readonly warning: Warning }
  | { readonly type: 'opaque'; readonly wire: WireId; readonly value: Json }
  | { readonly type: 'response-end' }
