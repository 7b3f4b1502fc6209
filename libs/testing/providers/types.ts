import type { IncomingHttpHeaders } from 'node:http'
import type { JsonObject } from '#contract'

/** The vendors that one server imitates. */
export const vendorIds = [
  'openai',
  'anthropic',
  'gemini',
  'cohere',
  'bedrock',
  'replicate',
  'elevenlabs',
] as const
export type VendorId = (typeof vendorIds)[number]

/** What a valid request asks for, whichever vendor's shape it had. */
export type Question = {
  readonly model: string
  readonly stream: boolean
  /** Text of the last user message: comes back in the answer. */
  readonly text: string
  readonly inputTokens: number
  /** Longest answer in tokens; absent = no limit. */
  readonly maxTokens: number | undefined
  readonly stop: readonly string[]
  /** How many answers (`n`). */
  readonly candidates: number
  /** `stream_options.include_usage`. */
  readonly includeUsage: boolean
  /** `stream_options.include_obfuscation`, true unless refused. */
  readonly includeObfuscation: boolean
  /** The tool that the answer calls; absent = it answers with text. */
  readonly toolCall: { readonly name: string; readonly input: JsonObject } | undefined
  /** The request itself, for an API that repeats it in its answers. */
  readonly request?: JsonObject
  /** It thinks before it answers (Cohere). */
  readonly thinks?: boolean
  /** Id of the document that the answer cites (Cohere). */
  readonly cites?: string
  /** Where the stream is not made of server-sent events. */
  readonly streamFormat?: 'json-array'
}

/** What the simulated model says. `pieces` are the deltas of a stream; joined they are the whole text. */
export type Answer = {
  readonly question: Question
  /** Makes ids unique; safe in a URL. */
  readonly id: string
  readonly createdAtSeconds: number
  readonly pieces: Iterable<string>
  readonly outputTokens: number
  readonly ending: Ending
}
export type Ending =
  | { readonly type: 'natural' }
  | { readonly type: 'length' }
  | { readonly type: 'stop-sequence'; readonly sequence: string }
  | { readonly type: 'tool-call' }

/** What a call meets instead of, or on top of, a good answer. Plain data, so that another process may send it. */
export type Behaviour = {
  /** Before the head goes out. */
  readonly delayMs?: number
  /** Between the parts of a stream. */
  readonly chunkDelayMs?: number
  /** Joins so many events in one packet (1), as a fast vendor does; cheaper for benchmarks. */
  readonly eventsPerPacket?: number
  /** At least so many text deltas. */
  readonly chunks?: number
  /** At least so many bytes of text. */
  readonly contentBytes?: number
  /** Writes the body in slices of so many bytes, each its own packet. */
  readonly sliceBytes?: number
  /** The text of the answer, instead of the echo. */
  readonly text?: string
  /** Waits for `release()` before the head goes out. */
  readonly hold?: boolean
  /** The vendor's own error answer of that status. */
  readonly error?: { readonly status: number; readonly retryAfterSeconds?: number; readonly message?: string }
  /** Bytes that are not the vendor's at all, or a recorded answer; base64 for binary. */
  readonly raw?: RawAnswer
  readonly fault?: Fault
}

export type RawAnswer = {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  /** Parts as they are written, one packet each. */
  readonly parts: readonly string[]
  /** Of the parts; absent = they are text. */
  readonly encoding?: 'base64'
}

/**
 * `request`: the whole request was read, no byte of the answer is out. `middle`: half of the answer's body is out.
 * `hang` leaves the socket open and says no more, `reset` sends RST, `fin` closes the socket, `close` ends the HTTP
 * body cleanly though the wire's natural end is missing, `error` is the vendor's error inside a stream, `broken-json`
 * a body or an event that does not parse.
 */
export type Fault =
  | { readonly at: 'request'; readonly action: 'hang' | 'reset' | 'fin' }
  | { readonly at: 'middle'; readonly action: 'hang' | 'reset' | 'fin' | 'close' | 'error' | 'broken-json' }

/** Selects calls; members given must all fit. `nonce` is contained in the last user text. */
export type CallMatch = {
  readonly vendor?: VendorId
  readonly model?: string
  readonly nonce?: string
  readonly path?: string
  /** The credential that it was asked with: a bearer token, or the value of a header that carries keys. */
  readonly key?: string
}

/** The first script that fits a call decides its behaviour, else its model's name does. */
export type Script = {
  readonly match?: CallMatch
  readonly behaviour: Behaviour
  /** How many calls it serves; absent = all. */
  readonly times?: number
}

/** One upstream call as the simulated vendor saw it. */
export type Call = {
  /** 1, 2, 3, … in order of arrival. */
  readonly id: number
  readonly vendor: VendorId
  readonly method: string
  /** With query. */
  readonly path: string
  readonly headers: IncomingHttpHeaders
  /** The request's bytes, up to `keepBodyBytes`. */
  readonly body: Buffer
  readonly requestBytes: number
  /** Absent until known, and for a request that the vendor refused before reading it. */
  readonly model: string | undefined
  /** Text of the last user message. */
  readonly nonce: string | undefined
  readonly stream: boolean
  /** Epoch milliseconds when the whole request was in. */
  readonly startedAt: number
  /** Absent while it runs. */
  readonly endedAt: number | undefined
  /** Absent until the head went out. */
  readonly status: number | undefined
  readonly responseBytes: number
  /** The client went away before the answer was whole. */
  readonly closedByClient: boolean
}

/** Counters of one vendor, as the upstream itself sees them. */
export type VendorStats = { readonly running: number; readonly maxRunning: number; readonly total: number }
export type Stats = Readonly<Record<VendorId, VendorStats>>

/** The vendor's own refusal; thrown by validation. */
export class VendorError extends Error {
  readonly status: number
  readonly type: string
  readonly code: string | null
  readonly param: string | null
  readonly retryAfterSeconds: number | undefined

  constructor(options: {
    readonly status: number
    readonly type: string
    readonly message: string
    readonly code?: string | null
    readonly param?: string | null
    readonly retryAfterSeconds?: number | undefined
  }) {
    super(options.message)
    this.name = 'VendorError'
    this.status = options.status
    this.type = options.type
    this.code = options.code ?? null
    this.param = options.param ?? null
    this.retryAfterSeconds = options.retryAfterSeconds
  }
}

/** A request of an API that makes no model write. */
export type PlainRequest = {
  readonly method: string
  /** Without query. */
  readonly path: string
  readonly query: URLSearchParams
  readonly headers: IncomingHttpHeaders
  readonly body: Buffer
  readonly knows: (model: string) => boolean
  readonly acceptUnknown: boolean
}

/** Its answer, of whatever type. `text` is what the call log knows it by. */
export type PlainAnswer = {
  readonly model: string
  readonly text: string
  readonly stream: boolean
  /** Absent = 200. */
  readonly status?: number
  readonly contentType: string
  readonly parts: string | Uint8Array | Iterable<string>
}

/** An API that makes no model write: vectors, counts, media. Throws the vendor's 400 or 404. */
export type PlainApi = {
  /** True where others than POST are asked for, too. */
  readonly anyMethod?: true
  answer(request: PlainRequest): PlainAnswer
}

/** What a vendor's URL says of a request. */
export type VendorAddress = { readonly model: string; readonly stream: boolean }

/** One API of a vendor that makes a model write. */
export type VendorApi = {
  /** Throws the vendor's 400 or 404. */
  read(options: {
    readonly body: Buffer
    readonly headers: IncomingHttpHeaders
    /** With query. */
    readonly path: string
    readonly knows: (model: string) => boolean
    readonly acceptUnknown: boolean
    /** There where the vendor has `address`. */
    readonly address: VendorAddress | undefined
  }): Question
  encode(answer: Answer): string
  /** The stream's events as the bytes on the wire, its natural end included. */
  streamEvents(answer: Answer): Iterable<string | Buffer>
}

/** One vendor: how it checks, answers, streams and fails. All pure but for what is handed in. */
export type Vendor = VendorApi & {
  readonly id: VendorId
  readonly chatPath: string
  /** For a vendor whose chat paths name the model: what a path says; `undefined` for one of another operation. */
  address?(path: string): VendorAddress | undefined
  /** Whether a path (without query) is asked for answers, where there are more than `chatPath`. */
  servesChat?(path: string): boolean
  /** Paths of the list of models and of one, whose id is the group, where they are not the usual ones. */
  readonly modelsPath?: RegExp
  /** True where an error says in its body when to try again, and not in a header. */
  readonly retryInBody?: boolean
  /** The API beside chat that a path (without query) belongs to, if any. All are asked by POST. */
  otherApi?(path: string): VendorApi | PlainApi | undefined
  /** Throws the vendor's 401. `request` is for vendors whose credential is a signature over all of it. */
  authenticate(
    headers: IncomingHttpHeaders,
    accepts: (key: string) => boolean,
    request: {
      readonly method: string
      readonly path: string
      readonly body: Buffer
      readonly nowMs: number
    },
  ): void
  /** Content type of a stream; absent = server-sent events. */
  readonly streamType?: string
  /** The vendor's error inside a stream that was asked for at `path`. */
  streamError(requestId: string, path: string): string | Buffer
  /** An event whose data does not parse. */
  brokenEvent: string | Buffer
  /** What an error says in headers. */
  errorHeaders?(error: VendorError): Readonly<Record<string, string>>
  errorBody(error: VendorError, requestId: string): string
  /** What the vendor says with that status. */
  failure(options: {
    readonly status: number
    readonly retryAfterSeconds?: number
    readonly message?: string
  }): VendorError
  unknownPath(method: string, path: string): VendorError
  unknownModel(model: string): VendorError
  wrongMethod(method: string, path: string): VendorError
  modelList(models: readonly string[]): string
  modelInfo(model: string): string
  headers(requestId: string, nowMs: number): Readonly<Record<string, string>>
}
