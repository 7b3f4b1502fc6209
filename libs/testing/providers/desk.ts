import type { IncomingMessage, ServerResponse } from 'node:http'
import { composeAnswer } from './answer.ts'
import { anthropic } from './anthropic/index.ts'
import { readVersion } from './anthropic/read-request.ts'
import type { CallLog, OpenCall } from './call-log.ts'
import { type Delivery, deliver } from './deliver.ts'
import { readScenario } from './models.ts'
import { openai } from './openai/index.ts'
import type { Scripts } from './scripts.ts'
import { type Behaviour, type Question, type Vendor, VendorError, type VendorId } from './types.ts'

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
        error: () => vendor.streamError(requestId),
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

/** Chat paths name their vendor; the others are told apart by Anthropic's headers. */
function vendorOf(request: IncomingMessage): Vendor {
  const path = request.url ?? ''
  if (path.startsWith('/v1/messages')) return anthropic
  if (path.startsWith('/v1/chat')) return openai
  const { headers } = request
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
    the.vendor.authenticate(the.call.headers, (key) => the.options.accepts(the.vendor.id, key))
    return route(the)
  } catch (error) {
    if (error instanceof VendorError) return errorReply(the, error, {})
    throw error
  }
}

function route(the: Case): Reply {
  const { vendor, call } = the
  const path = call.path.split('?')[0] ?? ''
  if (path === vendor.chatPath) {
    if (call.method !== 'POST') throw vendor.wrongMethod(call.method, path)
    return chat(the)
  }
  if (path === '/v1/models' || path.startsWith('/v1/models/')) {
    if (call.method !== 'GET') throw vendor.wrongMethod(call.method, path)
    return models(the, path.slice('/v1/models/'.length).replaceAll('%2F', '/'))
  }
  const answer = media(the, path)
  if (answer !== undefined) return answer
  throw vendor.unknownPath(call.method, path)
}

function chat(the: Case): Reply {
  const { vendor, call, options } = the
  const known = options.models[vendor.id]
  const question = vendor.read({
    body: the.body,
    headers: call.headers,
    acceptUnknown: options.acceptUnknown,
    knows: (model) => knows(known, model),
  })
  options.log.describe(call, question)
  const behaviour = {
    ...options.baseBehaviour,
    ...(options.scripts.take(call) ?? readScenario(question.model)?.behaviour),
  }
  if (behaviour.raw) {
    const { status, headers, parts } = behaviour.raw
    return { status, headers: { ...vendorHeaders(the), ...headers }, parts, behaviour }
  }
  if (behaviour.error) return errorReply(the, vendor.failure(behaviour.error), behaviour)
  return goodReply(the, question, behaviour)
}

function media(the: Case, path: string): Reply | undefined {
  const { vendor, call, options } = the
  const { method, headers } = call
  const known = options.models[vendor.id]
  const knowsModel = (model: string) => knows(known, model)
  const answer = vendor.media?.({ method, path, headers, body: the.body, knows: knowsModel })
  if (answer === undefined) return undefined
  options.log.describe(call, answer)
  const behaviour = {
    ...options.baseBehaviour,
    ...(options.scripts.take(call) ?? readScenario(answer.model)?.behaviour),
  }
  if (behaviour.raw) {
    const { status, parts } = behaviour.raw
    return { status, headers: { ...vendorHeaders(the), ...behaviour.raw.headers }, parts, behaviour }
  }
  if (behaviour.error) return errorReply(the, vendor.failure(behaviour.error), behaviour)
  return {
    status: 200,
    headers: { ...vendorHeaders(the), 'content-type': answer.contentType },
    parts: answer.parts,
    behaviour,
  }
}

function goodReply(the: Case, question: Question, behaviour: Behaviour): Reply {
  const { vendor, call, options } = the
  const id = `${options.idSeed}${call.id.toString(36).padStart(8, '0')}`
  const answer = composeAnswer({ question, behaviour, id, nowMs: call.startedAt })
  if (question.stream) {
    const headers = {
      ...vendorHeaders(the),
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-cache',
    }
    return { status: 200, headers, parts: vendor.streamEvents(answer), behaviour }
  }
  return jsonReply(the, 200, vendor.encode(answer), behaviour)
}

function knows(models: readonly string[], model: string): boolean {
  const scenario = readScenario(model)
  if (scenario === undefined) return false
  // A scenario alone is a model of both vendors.
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
  const reply = jsonReply(the, error.status, the.vendor.errorBody(error, the.requestId), behaviour)
  if (error.retryAfterSeconds === undefined) return reply
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
function brokenPart(vendor: Vendor, call: OpenCall): string {
  return call.stream ? vendor.brokenEvent : ''
}
