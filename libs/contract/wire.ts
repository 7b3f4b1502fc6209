import type { ChatRequest, ChatResponse, Warning } from './chat.ts'
import type { ErrorAnswer, GatewayError } from './errors.ts'
import type { ChatEvent } from './events.ts'
import type { Json, JsonObject } from './json.ts'
import type { Operation, WireId } from './names.ts'
import type { Usage } from './usage.ts'

/**
 * How the frames of a stream lie in its bytes: server-sent events, Amazon's binary event stream, or one JSON array whose
 * items are the frames (Google's streams without `alt=sse`).
 */
export type StreamFormat = 'sse' | 'aws-event-stream' | 'json-array'

/** Providers are never asked for an array: who speaks that API can have server-sent events. */
export type ProviderStreamFormat = Exclude<StreamFormat, 'json-array'>

/**
 * One frame of a stream: a server-sent event, an event stream message, an item of an array. `event` is its name (absent =
 * `message`; `:event-type` or `:exception-type` on Amazon's), `data` its text. `exception`: the frame is an error, where that shows in
 * the framing.
 */
export type StreamFrame = { readonly event?: string; readonly data: string; readonly exception?: true }

/** What a route knows of a request beside its body: some APIs name model and stream in the URL. */
export type RequestAddress = {
  readonly model?: string
  readonly stream?: boolean
  /** Where it is not the wire's own. */
  readonly streamFormat?: StreamFormat
}

/** What routing needs of a request, read without decoding it. */
export type Peek = {
  /** The model as the caller named it. */
  readonly model: string
  readonly stream: boolean
  /** True when the caller itself asked for the usage chunk of a stream. */
  readonly streamUsage: boolean
  /** `fallbacks` of the body, ours, taken out before anything goes up. */
  readonly fallbacks: readonly string[]
  /** How the caller reads a stream, where it is not the wire's own way. */
  readonly streamFormat?: StreamFormat
}

/** Differences of one provider from its wire, as named data. */
export type Quirks = {
  /** The member that carries the token limit on openai-chat; the vendor's newer name is the default. */
  readonly maxTokensField?: 'max_tokens' | 'max_completion_tokens'
  /** True when the provider refuses `stream_options` on openai-chat. */
  readonly noStreamOptions?: boolean
  /** True when the provider knows no `developer` role on openai-chat: such a turn goes to it as `system`. */
  readonly noDeveloperRole?: boolean
  /** The member of an assistant's turn on openai-chat in which the provider takes its reasoning back; absent = in none. */
  readonly reasoningField?: 'reasoning_content' | 'reasoning'
  /** True when the provider takes ids of tool calls on openai-chat only as nine letters and digits. */
  readonly shortToolCallIds?: boolean
  /** True when the provider knows no records among the documents of jina-rerank: they go to it as texts. */
  readonly textDocuments?: boolean
  /** Top-level members that the provider answers with an error: they are left out, with a warning. */
  readonly refuses?: readonly string[]
  /** Top-level members that the provider knows by another name: the wire's name → its own. */
  readonly renames?: Readonly<Record<string, string>>
  /** What a provider that carries another vendor's wire adds to its body and takes out of it. */
  readonly envelope?: { readonly add: JsonObject; readonly remove: readonly string[] }
}

/** For an encoder of requests: who is asked. */
export type TargetContext = { readonly model: string; readonly quirks: Quirks }

/** For a decoder of answers: what was asked of whom. */
export type AnswerContext<Request = ChatRequest> = {
  readonly request: Request
  /** The model as the target names it. */
  readonly model: string
}

/** For an encoder of answers: who asked, and what we know of the answer that the vendor may not say. */
export type CallerContext<Request = ChatRequest> = {
  /** What was asked; some APIs repeat it in their answers. */
  readonly request: Request
  /** Used where the vendor's answer has no id of its own. */
  readonly requestId: string
  /** The model as the target names it, used where the vendor's answer has none. */
  readonly model: string
  /** Whether the caller asked for usage in the stream. */
  readonly streamUsage: boolean
  /** Seconds since 1970, used where the vendor's answer has no creation time. */
  readonly nowSeconds: number
}

export type Encoded = {
  readonly body: JsonObject
  readonly warnings: readonly Warning[]
  /** Of a request whose API names a part of it in the URL: what follows the endpoint's path, percent-encoded. */
  readonly suffix?: string
  /** Of an answer that its caller did not ask for as JSON: in the place of `body`. */
  readonly text?: { readonly contentType: string; readonly text: string }
}
export type Decoded<Request = ChatRequest> = {
  readonly request: Request
  readonly warnings: readonly Warning[]
}

/** Provider's stream → canonical events. `push` and `end` throw a GatewayError for an error inside the stream. */
export type StreamDecoder = {
  push(frame: StreamFrame): readonly ChatEvent[]
  /** Throws `upstream-failed` (`upstream_stream_truncated`) when the stream ended before its natural end. */
  end(): readonly ChatEvent[]
}

/** Canonical events → caller's stream. */
export type StreamEncoder = {
  push(event: ChatEvent): readonly StreamFrame[]
  /** What could not be carried so far. */
  warnings(): readonly Warning[]
}

/** What the native lane learns from bytes that it does not touch. */
export type TapFacts = {
  readonly usage?: Usage
  /** The vendor's own word for why it stopped. */
  readonly stopReason?: string
  /** The vendor's name of the model. */
  readonly model?: string
  /** The answer's id, where its API lets the caller come back with it. */
  readonly id?: string
}

/** Watches a provider's stream on the native lane. */
export type StreamTap = {
  /** `withhold`: this frame answers something that only we asked for and must not reach the caller. */
  push(frame: StreamFrame): 'forward' | 'withhold'
  /** True when the stream has said its natural end. */
  complete(): boolean
  /** True once the provider reported an error inside the stream: then it ended, if not well. */
  failed(): boolean
  facts(): TapFacts
}

/**
 * Changes to top-level members of a raw JSON body: `set` writes or replaces (values are JSON texts), `remove` drops,
 * `rename` gives a member another name and leaves its value, `merge` sets members inside a top-level object and keeps
 * its others (an absent or non-object one becomes the object).
 */
export type Splice = {
  readonly set: Readonly<Record<string, string>>
  readonly remove: readonly string[]
  readonly rename?: Readonly<Record<string, string>>
  readonly merge?: Readonly<Record<string, Readonly<Record<string, string>>>>
}

/** A provider's error answer as it arrived. */
export type UpstreamErrorAnswer = {
  readonly provider: string
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  /** The text of the body, whatever it is: JSON, HTML, empty. */
  readonly text: string
  /** Epoch milliseconds, to read a Retry-After that is a date. */
  readonly nowMs: number
}

/**
 * What a vendor wants back unchanged with the next turn. `reasoning`: reasoning that is signed or encrypted. `calls`: a
 * signature on a tool call.
 */
export type Proofs = { readonly reasoning?: true; readonly calls?: true }

/**
 * What every wire can, whatever it carries. All functions are pure, decode = wire → canonical, encode = canonical → wire.
 * Decoders of requests throw GatewayError `invalid-request`; decoders of answers throw `upstream-failed`.
 */
type WireBase = {
  readonly id: WireId
  readonly operation: Operation
  /** How its streams are framed unless a caller asks otherwise. */
  readonly streamFormat: ProviderStreamFormat
  /** What its turns carry of the vendor's proofs, both ways; absent = none of them. */
  readonly proofs?: Proofs
  /**
   * Reads the JSON of a whole body, on wires that nest tool arguments as objects: their numbers print as they were
   * written. Throws SyntaxError. Absent = JSON.parse.
   */
  readonly parse?: (text: string) => Json
  /** Reads model, stream and friends from a parsed body and the route; throws `invalid-request` naming the member. */
  peek(body: JsonObject, address?: RequestAddress): Peek
  /**
   * True for a request that must be decoded even when the provider speaks the wire: it names the model in places that a
   * splice does not reach, or is written in another shape than the wire's own. Absent = never.
   */
  mustDecode?(request: { readonly body: JsonObject; readonly peek: Peek; readonly model: string }): boolean
  /**
   * True for a request that the provider would refuse as it was written although it speaks the wire, in places that a
   * splice does not reach: it is decoded and encoded with the provider's quirks. Absent = never.
   */
  misfits?(request: { readonly bytes: Uint8Array; readonly quirks: Quirks }): boolean
  /** What the native lane changes in the caller's bytes for this target. */
  nativeSplice(options: {
    readonly peek: Peek
    readonly model: string
    readonly quirks: Quirks
    /** Whether the gateway wants to see usage at the end of a stream. */
    readonly wantUsage: boolean
  }): Splice
  /** `withholdUsage`: we asked for the usage chunk, the caller did not. */
  createStreamTap(options: { readonly withholdUsage: boolean }): StreamTap
  /** Facts of a whole (unary) native answer. */
  tapResponse(body: JsonObject): TapFacts
  decodeError(answer: UpstreamErrorAnswer): GatewayError
  encodeError(error: GatewayError, requestId: string): ErrorAnswer
  /**
   * The in-stream form, after the head has gone out. `sent`: the last of what went out before it, for wires that number
   * their events; whoever ends a stream may be another process than the one that encoded it.
   */
  encodeStreamError(error: GatewayError, requestId: string, sent?: Uint8Array): readonly StreamFrame[]
  /** Takes the vendor's own address out of a whole answer, where callers would follow it past us; absent = there is none. */
  readonly localize?: (text: string) => string
}

/** The fields of a form as a wire's callers send them, one by one in any order. */
export type FormReader<Request> = {
  /** What a field says. Throws `invalid-request` naming the field. */
  decodeField(name: string, value: string): Partial<Request>
}

/** How a provider takes a form. */
export type FormWriter<Request> = {
  /** What becomes of a caller's field: its own, in their order. */
  encodeFields(part: Partial<Request>): {
    readonly fields: readonly (readonly [name: string, value: string])[]
    readonly warnings: readonly Warning[]
  }
}

/** What a provider is asked next about a job that it has begun. */
export type NextRequest = {
  /** Under the provider's own address, percent-encoded. */
  readonly path: string
  /** Where that is otherwise: one of the vendor's own hosts, which the wire has made sure of. The config's address wins. */
  readonly origin?: string
  /** How long to wait before it is asked. */
  readonly afterMs: number
  /** True where the answer is the stream itself. */
  readonly stream?: true
}

/** For an API that answers with a job, of which the result is to be fetched. */
export type JobApi = {
  /** `undefined` once the job has ended, well or not: then it is the answer. Throws `upstream-failed` for what is no job. */
  next(job: JsonObject, options: { readonly stream: boolean }): NextRequest | undefined
  /** Where a job that nobody waits for any more is called off, by POST. */
  cancelPath(job: JsonObject): string
  /** The stream of a job that has ended, where it was asked for and the API had none. */
  framesOf(job: JsonObject): readonly StreamFrame[]
}

/** A wire as its callers speak it to us. */
export type CallerWire<Request = ChatRequest, Response = ChatResponse> = WireBase & {
  decodeRequest(body: JsonObject, address?: RequestAddress): Decoded<Request>
  encodeResponse(response: Response, caller: CallerContext<Request>): Encoded
  createStreamEncoder(caller: CallerContext<Request>): StreamEncoder
  /** There for an API whose requests are forms. */
  readonly formReader?: FormReader<Request>
  /** True for a wire of which nothing crosses: it goes to who speaks it, or nowhere. */
  readonly neverCrosses?: true
}

/** For an API that takes one thing a call: a request for several is as many calls, whose answers are one, in their order. */
export type Batching<Request, Response> = {
  split(request: Request): readonly Request[]
  join(responses: readonly Response[]): Response
}

/** A wire as we speak it to a provider. */
export type ProviderWire<Request = ChatRequest, Response = ChatResponse> = WireBase & {
  /** Absent = every request is one call. Streams are never split. */
  readonly batching?: Batching<Request, Response>
  encodeRequest(request: Request, target: TargetContext): Encoded
  decodeResponse(body: JsonObject, context: AnswerContext<Request>): Response
  createStreamDecoder(context: AnswerContext<Request>): StreamDecoder
  /** The member of a body that names the model; absent = `model`. */
  readonly modelMember?: string
  /** True where a good answer is no JSON: sound, a picture. It goes to the caller as it comes. */
  readonly answersBytes?: true
  /** There for an API whose requests are forms. */
  readonly formWriter?: FormWriter<Request>
  /** There for an API that answers with a job. */
  readonly job?: JobApi
}

/** A chat wire that is spoken both ways. */
export type ChatWire = CallerWire & ProviderWire

/** A wire of any operation, for those who carry requests and answers without looking into them. */
export type AnyCallerWire = CallerWire<unknown, unknown>
export type AnyProviderWire = ProviderWire<unknown, unknown>
