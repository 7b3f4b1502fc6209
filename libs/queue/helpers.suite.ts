import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { type Frame, GatewayError, type GatewayErrorData } from '#contract'
import type { Windows } from '#store'
import type { Broker, Delivery, NewJobHeader, Outcome, QueueLimits, Reply, Submission } from './broker.ts'

/** Two ends of one queue: they may be one broker or two that share a store. */
export type Ends = {
  readonly api: Broker
  readonly worker: Broker
  /** What both count ended jobs in. */
  readonly windows: Windows
  close(): Promise<void>
}

/** Windows that forget nothing, so that what a test sees does not depend on when it looks. */
export function createEndlessWindows(): Windows {
  const counts = new Map<string, number>()
  const countOf = (scope: string, name: string) => counts.get(`${scope} ${name}`) ?? 0
  return {
    add(scope, name, count = 1) {
      counts.set(`${scope} ${name}`, countOf(scope, name) + count)
    },
    sum: async (scope, name) => countOf(scope, name),
    take: () => Promise.reject(new Error('the queue takes no places')),
  }
}

/** Registers tests that each get two fresh ends. */
export function scenarios(name: string, connect: () => Promise<Ends>) {
  return (title: string, body: (ends: Ends) => Promise<void>): void => {
    test(`${name}: ${title}`, async () => {
      const ends = await connect()
      try {
        await body(ends)
      } finally {
        await ends.close()
      }
    })
  }
}

/** The provider that suites submit to. */
export const provider = 'openai'

export const suiteLimits: QueueLimits = { concurrency: 4, bufferSize: 8 }

export type SubmissionOverrides = {
  readonly body?: string
  readonly stream?: boolean
  readonly limits?: QueueLimits
  readonly timeoutMs?: number
  readonly delayMs?: number
  readonly maxWaitMs?: number
  readonly tenantShare?: number
  readonly header?: Partial<NewJobHeader>
  readonly upload?: AsyncIterable<Uint8Array>
}

/** A submission to `openai` with a fresh request id. */
export function submission(overrides: SubmissionOverrides): Submission {
  const requestId = randomBytes(16).toString('hex')
  const stream = overrides.stream ?? false
  return {
    header: {
      requestId,
      callerRequestId: requestId,
      hop: 0,
      plan: [{ provider, model: 'gpt-4o-mini', native: true }],
      surface: 'openai',
      wire: 'openai-chat',
      operation: 'chat',
      peek: { model: 'gpt-4o-mini', stream, streamUsage: false, fallbacks: [] },
      bodyKind: 'wire',
      forwardHeaders: {},
      streamTotalMs: 60_000,
      tenant: 'anonymous',
      priority: 'normal',
      retrySafe: false,
      maxUpstreamCalls: 8,
      warnings: [],
      ...overrides.header,
    },
    body: Buffer.from(overrides.body ?? '{}'),
    limits: overrides.limits ?? suiteLimits,
    timeoutMs: overrides.timeoutMs ?? 10_000,
    ...(overrides.upload !== undefined && { upload: overrides.upload }),
    ...(overrides.maxWaitMs !== undefined && { maxWaitMs: overrides.maxWaitMs }),
    ...(overrides.tenantShare !== undefined && { tenantShare: overrides.tenantShare }),
    ...(overrides.delayMs !== undefined && { delayMs: overrides.delayMs }),
  }
}

export function writeHead(delivery: Delivery): void {
  const { target, queueMs } = delivery
  delivery.reply.head({ status: 200, headers: {}, target, attempts: [], queueMs, warnings: [] })
}

/** The processor that says `echo <body>`. */
export async function answer(delivery: Delivery): Promise<Outcome> {
  writeHead(delivery)
  delivery.reply.chunk(Buffer.concat([Buffer.from('echo '), delivery.body]))
  delivery.reply.end({ attempts: [], warnings: [] })
  return { type: 'done' }
}

export async function framesOf(reply: Reply): Promise<Frame[]> {
  const frames: Frame[] = []
  for await (const batch of reply) frames.push(...batch)
  return frames
}

export function chunkText(frames: readonly Frame[]): string {
  const chunks = frames.flatMap((frame) => (frame.type === 'chunk' ? [frame.bytes] : []))
  return Buffer.concat(chunks).toString()
}

export async function textOf(reply: Reply): Promise<string> {
  return chunkText(await framesOf(reply))
}

export function errorOf(frames: readonly Frame[]): GatewayErrorData | undefined {
  const last = frames.at(-1)
  return last?.type === 'fail' ? last.error : undefined
}

export function isError(kind: string, code: string): (error: unknown) => boolean {
  return (error) => GatewayError.is(error) && error.kind === kind && error.code === code
}

export function openGate<T = void>(): { readonly passed: Promise<T>; open(value: T): void } {
  const { promise, resolve } = Promise.withResolvers<T>()
  return { passed: promise, open: resolve }
}

export async function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return
  await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }))
}

/** Looks until it holds; the test runner's own limit ends a wait that never does. */
export async function until(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 5))
}
