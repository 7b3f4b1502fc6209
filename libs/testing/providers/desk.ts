import type { IncomingMessage, ServerResponse } from 'node:http'
import { composeAnswer } from './answer.ts'
import { anthropic } from './anthropic/index.ts'
import { readVersion } from './anthropic/read-request.ts'
import { bedrock } from './bedrock/index.ts'
import type { CallLog, OpenCall } from './call-log.ts'
import { cohere } from './cohere/index.ts'
import { type Delivery, deliver } from './deliver.ts'
import { elevenlabs } from './elevenlabs/index.ts'
import { gemini } from './gemini/index.ts'
import { readScenario, simulatedKeys } from './models.ts'
import { openai } from './openai/index.ts'
import { openaiResponses } from './openai-responses/index.ts'
import { replicate } from './replicate/index.ts'
import type { Scripts } from './scripts.ts'
import {
  type Behaviour,
  type PlainApi,
  type Question,
  type Vendor,
  type VendorAddress,
  type VendorApi,
  VendorError,
  type VendorId,
} from './types.ts'

/** Takes one whole request to its answer. */
export type Desk = {
  answer(request: IncomingMessage, response: ServerResponse, body: Buffer): void
  /** Lets held calls go on; returns how many. */
  release(): number
}

export type DeskOptions = {
  readonly log: CallLog
  readonly scripts: Scripts
  readonly accepts: (vendor: VendorId, key: string) => boolean
  readonly models: Readonly<Record<VendorId, readonly string[]>>
  readonly acceptUnknown: boolean
  readonly baseBehaviour: Behaviour
  /** Makes the ids of this server differ from another's. */
  readonly idSeed: string
}

/** What goes out, before a behaviour spoils it. */
type Reply = Pick<Delivery, 'status' | 'headers' | 'parts'> & { readonly behaviour: Behaviour }

export function createDesk(options: DeskOptions): Desk {
  const { log } = options
  const held = new Set<() => void>()

  async function serve(the: Case, response: ServerResponse, signal: AbortSignal): Promise<Behaviour> {
    const { call, vendor, requestId } = the
    const reply = decide(the)
    call.status = reply.status
    await deliver({
      ...reply,
      response,
      signal,
      faultParts: {
        error: () => vendor.streamError(requestId, call.path),
        brokenJson: () => brokenPart(vendor, call),
      },
      released: () => hold(held, signal),
      wrote: (bytes) => {
        call.responseBytes += bytes
      },
    })
    return reply.behaviour
  }

  return {
    answer(request, response, body) {
      const vendor = vendorOf(request)
      const call = log.open({ vendor: vendor.id, request, body })
      const requestId = `req_${options.idSeed}${call.id.toString(16).padStart(12, '0')}`
      const controller = new AbortController()
      let cutByUs = false
      response.on('close', () => {
        const whole = response.writableFinished
        log.close(call, !cutByUs && !whole)
        if (!whole) controller.abort(new Error('The client went away.'))
      })
      serve({ call, vendor, requestId, body, options }, response, controller.signal).then(
        (behaviour) => {
          cutByUs = behaviour.fault?.action === 'reset' || behaviour.fault?.action === 'fin'
        },
        (error: unknown) => {
          if (controller.signal.aborted) return
          // A fault of the simulation itself, not one that was asked for.
          process.emitWarning(error instanceof Error ? error : String(error))
          cutByUs = true
          response.destroy()
        },
      )
    },
    release() {
      const waiting = [...held]
      for (const go of waiting) go()
      return waiting.length
    },
  }
}

function hold(held: Set<() => void>, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const go = () => {
      held.delete(go)
      signal.removeEventListener('abort', go)
      resolve()
    }
    held.add(go)
    signal.addEventListener('abort', go)
  })
}

/** Paths that one vendor alone has. */
const vendorPaths: readonly (readonly [RegExp, Vendor])[] = [
  [/^\/v1\/messages/, anthropic],
  [/^\/v1\/chat|^\/v1\/completions$/, openai],
  [/^\/v1\/responses/, openaiResponses],
  [/^\/(?:model\/|foundation-models)/, bedrock],
  [/^\/v1\/(?:predictions|streams\/)/, replicate],
  [/^\/v1\/(?:text-to-speech|speech-to-text)/, elevenlabs],
]

/** The others are told apart by Anthropic's and Google's headers and Cohere's key. */
function vendorOf(request: IncomingMessage): Vendor {
  const path = request.url ?? ''
  const own = vendorPaths.find(([pattern]) => pattern.test(path))
  if (own !== undefined) return own[1]
  const { headers } = request
  if (/^\/v2\/(?:chat|embed|rerank)/.test(path) || headers.authorization?.includes(simulatedKeys.cohere))
    return cohere
  const [address = ''] = path.split('?', 1)
  if (gemini.servesChat?.(address) || gemini.otherApi?.(address) || /^\/v1(?:alpha|beta)/.test(address))
    return gemini
  if (headers['x-goog-api-key'] !== undefined) return gemini
  return headers['anthropic-version'] === undefined && headers['x-api-key'] === undefined ? openai : anthropic
}

type Case = {
  readonly call: OpenCall
  readonly vendor: Vendor
  readonly requestId: string
  readonly body: Buffer
  readonly options: DeskOptions
}

function decide(the: Case): Reply {
  try {
    the.vendor.authenticate(the.call.headers, (key) => the.options.accepts(the.vendor.id, key), {
      method: the.call.method,
      path: the.call.path,
      body: the.body,
      nowMs: the.call.startedAt,
    })
    return route(the)
  } catch (error) {
    if (error instanceof VendorError) return errorReply(the, error, {})
    throw error
  }
}

function route(the: Case): Reply {
  const { vendor, call } = the
  const path = call.path.split('?')[0] ?? ''
  const address = vendor.address?.(path)
  const servesChat = vendor.servesChat?.(path) ?? (path === vendor.chatPath || address !== undefined)
  const api = servesChat ? vendor : vendor.otherApi?.(path)
  if (api !== undefined) {
    if (call.method !== 'POST' && !takesAnyMethod(api)) throw vendor.wrongMethod(call.method, path)
    return 'answer' in api ? plain(the, api, path) : chat(the, api, address)
  }
  const model = (vendor.modelsPath ?? modelsPath).exec(path)
  if (model !== null) {
    if (call.method !== 'GET') throw vendor.wrongMethod(call.method, path)
    return models(the, decodeURIComponent(model[1] ?? ''))
  }
  throw vendor.unknownPath(call.method, path)
}

function takesAnyMethod(api: VendorApi | PlainApi): boolean {
  return 'anyMethod' in api && api.anyMethod === true
}

const modelsPath = /^\/(?:v1\/models|foundation-models)(?:\/(.*))?$/

function chat(the: Case, api: VendorApi, address: VendorAddress | undefined): Reply {
  const { vendor, call, options } = the
  const known = options.models[vendor.id]
  const question = api.read({
    body: the.body,
    headers: call.headers,
    path: call.path,
    acceptUnknown: options.acceptUnknown,
    address,
    knows: (model) => knows(known, model),
  })
  options.log.describe(call, question)
  const behaviour = behaviourOf(the, question.model)
  return otherReply(the, behaviour) ?? goodReply(the, api, { question, behaviour })
}

function behaviourOf({ call, options }: Case, model: string): Behaviour {
  return { ...options.baseBehaviour, ...(options.scripts.take(call) ?? readScenario(model)?.behaviour) }
}

/** What the behaviour puts in the place of a good answer, if anything. */
function otherReply(the: Case, behaviour: Behaviour): Reply | undefined {
  if (behaviour.raw) {
    const { status, headers, parts, encoding } = behaviour.raw
    const bytes = encoding === undefined ? parts : parts.map((part) => Buffer.from(part, encoding))
    return { status, headers: { ...vendorHeaders(the), ...headers }, parts: bytes, behaviour }
  }
  return behaviour.error && errorReply(the, the.vendor.failure(behaviour.error), behaviour)
}

function plain(the: Case, api: PlainApi, path: string): Reply {
  const { vendor, call, options, body } = the
  const known = options.models[vendor.id]
  const { acceptUnknown } = options
  const { method, headers } = call
  const query = new URLSearchParams(call.path.split('?', 2)[1])
  const knowsModel = (model: string) => knows(known, model)
  const answer = api.answer({ method, path, query, headers, body, acceptUnknown, knows: knowsModel })
  options.log.describe(call, answer)
  const behaviour = behaviourOf(the, answer.model)
  return (
    otherReply(the, behaviour) ?? {
      status: answer.status ?? 200,
      headers: { ...vendorHeaders(the), 'content-type': answer.contentType },
      parts: answer.parts,
      behaviour,
    }
  )
}

function goodReply(
  the: Case,
  api: VendorApi,
  { question, behaviour }: { readonly question: Question; readonly behaviour: Behaviour },
): Reply {
  const { vendor, call, options } = the
  const id = `${options.idSeed}${call.id.toString(36).padStart(8, '0')}`
  const answer = composeAnswer({ question, behaviour, id, nowMs: call.startedAt })
  if (question.stream) {
    const headers = {
      ...vendorHeaders(the),
      'content-type':
        question.streamFormat === 'json-array'
          ? 'application/json; charset=UTF-8'
          : (vendor.streamType ?? 'text/event-stream; charset=utf-8'),
      'cache-control': 'no-cache',
    }
    return { status: 200, headers, parts: api.streamEvents(answer), behaviour }
  }
  return jsonReply(the, 200, api.encode(answer), behaviour)
}

function knows(models: readonly string[], model: string): boolean {
  const scenario = readScenario(model)
  if (scenario === undefined) return false
  // A scenario alone is a model of every vendor.
  return scenario.base === '' ? model !== '' : models.includes(scenario.base)
}

function models(the: Case, id: string): Reply {
  const { vendor, options } = the
  if (vendor.id === 'anthropic') readVersion(the.call.headers)
  const known = options.models[vendor.id]
  if (id === '') return jsonReply(the, 200, vendor.modelList(known), {})
  if (!knows(known, id)) throw vendor.unknownModel(id)
  return jsonReply(the, 200, vendor.modelInfo(id), {})
}

function errorReply(the: Case, error: VendorError, behaviour: Behaviour): Reply {
  const plain = jsonReply(the, error.status, the.vendor.errorBody(error, the.requestId), behaviour)
  const reply = { ...plain, headers: { ...plain.headers, ...the.vendor.errorHeaders?.(error) } }
  if (error.retryAfterSeconds === undefined || the.vendor.retryInBody === true) return reply
  return { ...reply, headers: { ...reply.headers, 'retry-after': String(error.retryAfterSeconds) } }
}

function jsonReply(the: Case, status: number, body: string, behaviour: Behaviour): Reply {
  const headers: Record<string, string> = {
    ...vendorHeaders(the),
    'content-type': 'application/json',
  }
  // A body that will not come whole must not promise its length.
  if (behaviour.fault === undefined) headers['content-length'] = String(Buffer.byteLength(body))
  return { status, headers, parts: body, behaviour }
}

function vendorHeaders(the: Case): Readonly<Record<string, string>> {
  return the.vendor.headers(the.requestId, the.call.startedAt)
}

/** Unary: nothing follows the first half. Streamed: an event that does not parse. */
function brokenPart(vendor: Vendor, call: OpenCall): string | Buffer {
  return call.stream ? vendor.brokenEvent : ''
}
