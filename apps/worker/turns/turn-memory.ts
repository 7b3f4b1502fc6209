import type {
  AnyCallerWire,
  AnyProviderWire,
  ChatEvent,
  ChatRequest,
  ChatResponse,
  Message,
  ReasoningPart,
  Warning,
} from '#contract'
import type { Logger } from '#observability'
import type { Records } from '#store'
import {
  type CallRecord,
  callRecordKey,
  callRecordTtlMs,
  decodeCallRecord,
  encodeCallRecord,
  uniqueCallId,
} from './call-record.ts'
import { type Keeper, type KeptCall, rememberAnswer } from './remember-answer.ts'
import { callIdsOf, restoreTurns } from './restore-turns.ts'
import { type StreamWatch, watchStream } from './watch-stream.ts'

/**
 * What a provider wants back with the next turn and the caller's wire has no field for (signatures, reasoning that led to
 * tool calls). It is kept under the id of the tool call, the one thing of a turn that every caller sends back, which is
 * made unique for that. A store that is away costs what would have been put back, and a warning, never the request.
 */
export type TurnMemory = {
  /** The request as the provider should have had it back. */
  restore(request: ChatRequest): Promise<{
    readonly request: ChatRequest
    readonly warnings: readonly Warning[]
  }>
  /** A whole answer under new call ids; what it needs is kept when this resolves. */
  remember(response: ChatResponse): Promise<{
    readonly response: ChatResponse
    readonly warnings: readonly Warning[]
  }>
  watch(): TurnWatch
}

/** The same for a streamed answer. */
export type TurnWatch = {
  push(event: ChatEvent): ChatEvent
  /** Resolves when all is kept that the events so far need; `undefined` when that is nothing. Call after `push`. */
  save(): Promise<void> | undefined
  warnings(): readonly Warning[]
}

export type TurnMemoryOptions = {
  readonly records: Records
  readonly logger: Logger
  readonly requestId: string
  readonly wire: AnyProviderWire
  readonly callerWire: AnyCallerWire
  /** 16 characters of `A-Z a-z 0-9 _ -`, new each time. */
  newSuffix(): string
}

/** `undefined` where the caller's wire can hand back all that the provider's gives out. */
export function createTurnMemory(options: TurnMemoryOptions): TurnMemory | undefined {
  const given = options.wire.proofs ?? {}
  const held = options.callerWire.proofs ?? {}
  const lacksReasoning = given.reasoning === true && held.reasoning !== true
  const lacksCalls = given.calls === true && held.calls !== true
  if (!lacksReasoning && !lacksCalls) return undefined
  const keeper: Keeper = {
    newId: (vendorId) => uniqueCallId(vendorId, options.newSuffix()),
    recordOf({ id, signature, opening, before }) {
      const record: CallRecord = {
        wire: options.wire.id,
        id,
        ...(lacksCalls && signature !== undefined && { signature }),
        ...(lacksReasoning && opening.length > 0 && { opening: opening.map(plain) }),
        ...(lacksReasoning && before.length > 0 && { before: before.map(plain) }),
      }
      return Object.keys(record).length > 2 ? record : undefined
    },
  }
  return {
    restore: (request) => restore(options, request),
    async remember(response) {
      const { response: renamed, kept } = rememberAnswer(response, keeper)
      return { response: renamed, warnings: await save(options, kept) }
    },
    watch: () => createWatch(options, watchStream(keeper, { signsLater: lacksCalls })),
  }
}

function plain({ text, signature, redacted }: ReasoningPart): ReasoningPart {
  return {
    type: 'reasoning',
    text,
    ...(signature !== undefined && { signature }),
    ...(redacted !== undefined && { redacted }),
  }
}

async function restore(options: TurnMemoryOptions, request: ChatRequest): ReturnType<TurnMemory['restore']> {
  const ids = callIdsOf(request.messages)
  if (ids.length === 0) return { request, warnings: [] }
  try {
    const texts = await options.records.getMany(ids.map(callRecordKey))
    const records = new Map<string, CallRecord>()
    for (const [index, id] of ids.entries()) {
      const text = texts[index]
      const record = text === undefined ? undefined : decodeCallRecord(text)
      if (record !== undefined) records.set(id, record)
    }
    const messages = restoreTurns(request.messages, records, options.wire.id)
    return { request: { ...request, messages }, warnings: [] }
  } catch (error) {
    logLoss(options, error)
    return { request, warnings: turnsWithCalls(request.messages, new Set(ids)) }
  }
}

/** The turns that go up without what was kept for them. */
function turnsWithCalls(messages: readonly Message[], ids: ReadonlySet<string>): readonly Warning[] {
  return messages.flatMap((message, index) =>
    message.parts.some((part) => part.type === 'tool-call' && ids.has(part.id))
      ? [{ code: 'changed', path: message.path ?? `messages[${index}]` } as const]
      : [],
  )
}

/** The calls that could not be kept, as warnings. */
async function save(options: TurnMemoryOptions, kept: readonly KeptCall[]): Promise<readonly Warning[]> {
  const warnings: Warning[] = []
  let failure: unknown
  await Promise.all(
    kept.map(async ({ callId, record, path }) => {
      const text = encodeCallRecord(record)
      try {
        if (text === undefined) throw new Error('the reasoning of a tool call is too long to be kept')
        await options.records.set(callRecordKey(callId), text, callRecordTtlMs)
      } catch (error) {
        failure ??= error
        warnings.push({ code: 'changed', path })
      }
    }),
  )
  if (failure !== undefined) logLoss(options, failure)
  return warnings
}

function createWatch(options: TurnMemoryOptions, watch: StreamWatch): TurnWatch {
  const warnings: Warning[] = []
  return {
    push: (event) => watch.push(event),
    save() {
      const kept = watch.take()
      if (kept.length === 0) return undefined
      return save(options, kept).then((lost) => {
        warnings.push(...lost)
      })
    },
    warnings: () => warnings,
  }
}

function logLoss({ logger, requestId }: TurnMemoryOptions, error: unknown): void {
  logger.warn({ requestId, error }, 'the reasoning of tool calls could not be kept or put back')
}
