import type { Json, JsonObject } from './json.ts'
import type { WireId } from './names.ts'
import type { Usage } from './usage.ts'

/**
 * Members that only one wire knows, kept under that wire's id: they are re-emitted to that wire and named in a
 * warning elsewhere.
 */
export type Extensions = { readonly [wire in WireId]?: JsonObject }

/** A prompt-cache mark on a part, a tool or a message. */
export type CacheMark = { readonly ttl?: '5m' | '1h' }

/**
 * Where the bytes of an image, a document or a sound are. `file` is an id at the provider. The type of what is elsewhere
 * is there where the caller named it.
 */
export type Source =
  | { readonly kind: 'base64'; readonly mediaType: string; readonly data: string }
  | { readonly kind: 'url'; readonly url: string; readonly mediaType?: string }
  | { readonly kind: 'file'; readonly id: string; readonly mediaType?: string }
  | { readonly kind: 'text'; readonly mediaType: string; readonly text: string }

type PartBase = { readonly cache?: CacheMark; readonly extensions?: Extensions }

export type TextPart = PartBase & {
  readonly type: 'text'
  readonly text: string
  /** The vendor's citation objects, opaque to other wires. */
  readonly citations?: readonly Json[]
}
export type RefusalPart = PartBase & { readonly type: 'refusal'; readonly text: string }
export type ImagePart = PartBase & {
  readonly type: 'image'
  readonly source: Source
  readonly detail?: string
}
export type AudioPart = PartBase & {
  readonly type: 'audio'
  /** `wav`, `mp3`, … */
  readonly format: string
  readonly source: Source
}
export type DocumentPart = PartBase & {
  readonly type: 'document'
  readonly source: Source
  readonly name?: string
  readonly context?: string
  readonly citations?: boolean
}
export type ReasoningPart = PartBase & {
  readonly type: 'reasoning'
  readonly text: string
  /** Proof that the vendor wants back unchanged in the next turn. */
  readonly signature?: string
  /** The vendor's encrypted form of reasoning that it does not show. */
  readonly redacted?: string
  /** It is the plan before tool calls that Cohere keeps apart (`tool_plan`); other wires take it as reasoning. */
  readonly plan?: true
}
export type ToolCallPart = PartBase & {
  readonly type: 'tool-call'
  readonly id: string
  readonly name: string
  /** JSON as the model wrote it; kept as text so that nothing is reordered or rounded. */
  readonly argumentsText: string
  /** A vendor's proof attached to the call (Gemini thought signatures). */
  readonly signature?: string
}
export type ToolResultPart = PartBase & {
  readonly type: 'tool-result'
  readonly callId: string
  readonly name?: string
  readonly content: readonly Part[]
  readonly isError?: boolean
}
/** A block that only `wire` understands; it keeps its place in the order. */
export type OpaquePart = { readonly type: 'opaque'; readonly wire: WireId; readonly value: Json }

export type Part =
  | TextPart
  | RefusalPart
  | ImagePart
  | AudioPart
  | DocumentPart
  | ReasoningPart
  | ToolCallPart
  | ToolResultPart
  | OpaquePart

/** One turn. System and developer messages stand where the caller put them; tool results are parts of a `tool` turn. */
export type Message = {
  readonly role: 'system' | 'developer' | 'user' | 'assistant' | 'tool'
  readonly parts: readonly Part[]
  readonly name?: string
  readonly cache?: CacheMark
  readonly extensions?: Extensions
  /** Where it stood in the caller's request, for warnings and errors: `messages[2]`, `system`. Absent = `messages[<its index>]`. */
  readonly path?: string
  /** Where one turn of the caller was split into several: the index there of this one's first part. Absent = 0. */
  readonly firstPart?: number
  /** Where each part stood, for a turn that was put together from several members of the caller's request. */
  readonly partPaths?: readonly string[]
  /** Where each part stood there, where the caller's blocks are not parts one by one. Absent = `firstPart`, and on by one. */
  readonly partPositions?: readonly number[]
}

/** A function that the model may call. `schema` is JSON Schema, passed on as it is. */
export type FunctionTool = {
  readonly type: 'function'
  readonly name: string
  readonly description?: string
  readonly schema?: JsonObject
  readonly strict?: boolean
  readonly cache?: CacheMark
  readonly extensions?: Extensions
}
/** A vendor's own tool (web search, code execution, computer use, …). */
export type OpaqueTool = { readonly type: 'opaque'; readonly wire: WireId; readonly value: Json }
export type Tool = FunctionTool | OpaqueTool

export type ToolChoice =
  | { readonly type: 'auto' | 'none' | 'required' }
  | { readonly type: 'function'; readonly name: string }
  | { readonly type: 'opaque'; readonly wire: WireId; readonly value: Json }

export type ResponseFormat =
  | { readonly type: 'text' | 'json' }
  | {
      readonly type: 'json-schema'
      readonly name: string
      readonly schema: JsonObject
      readonly description?: string
      readonly strict?: boolean
    }

/** Reasoning asked for, in whichever of the three currencies the caller used. */
export type ReasoningOptions = {
  readonly enabled?: boolean
  readonly effort?: 'none' | 'minimal' | 'low' | 'medium' | 'high' | 'xhigh' | 'max'
  readonly budgetTokens?: number
  readonly summary?: string
}

export type Sampling = {
  readonly temperature?: number
  readonly topP?: number
  readonly topK?: number
  readonly frequencyPenalty?: number
  readonly presencePenalty?: number
  readonly seed?: number
  readonly stop?: readonly string[]
  readonly maxOutputTokens?: number
  /** How many answers (`n`). */
  readonly candidates?: number
  readonly logprobs?: boolean
  readonly topLogprobs?: number
  readonly logitBias?: JsonObject
}

/** A chat request on no vendor's wire: what crosses from one wire to another. */
export type ChatRequest = {
  readonly model: string
  readonly stream: boolean
  /** Whether the caller asked for usage in the stream (`stream_options.include_usage`); always true for wires that always send it. */
  readonly streamUsage: boolean
  readonly messages: readonly Message[]
  readonly sampling: Sampling
  readonly tools?: readonly Tool[]
  readonly toolChoice?: ToolChoice
  readonly parallelToolCalls?: boolean
  readonly responseFormat?: ResponseFormat
  readonly reasoning?: ReasoningOptions
  readonly user?: string
  readonly metadata?: JsonObject
  readonly serviceTier?: string
  readonly cacheKey?: string
  readonly cache?: CacheMark
  /** Unknown top-level members, by the wire that they came on. */
  readonly extensions?: Extensions
}

/** Why the model stopped: our word and the vendor's. */
export type StopReason = {
  readonly unified:
    | 'stop'
    | 'stop-sequence'
    | 'length'
    | 'context-length'
    | 'tool-calls'
    | 'content-filter'
    | 'refusal'
    | 'pause'
    | 'other'
  readonly raw: string | null
  /** The stop sequence that was met, where the vendor says. */
  readonly sequence?: string
}

export type Candidate = {
  readonly index: number
  readonly parts: readonly Part[]
  readonly stopReason: StopReason
  readonly logprobs?: Json
  readonly extensions?: Extensions
}

export type ChatResponse = {
  /** The vendor's id of the answer. */
  readonly id: string
  /** The vendor's name of the model that answered. */
  readonly model: string
  readonly createdAtSeconds?: number
  readonly candidates: readonly Candidate[]
  readonly usage?: Usage
  readonly serviceTier?: string
  readonly extensions?: Extensions
}

/** Something that a crossing could not carry. `path` is where it stood in the caller's request or the vendor's answer. */
export type Warning = {
  readonly code: 'unsupported' | 'changed' | 'not_implemented'
  readonly path: string
}
