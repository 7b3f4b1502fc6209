import { type ChatRequest, GatewayError, type JsonObject, type Message } from '#contract'
import { createOwners, createStoredResponses, isStoredResponseId, type StoredResponse } from '#store'
import { chatWireOf } from '#translate'
import { isHidden } from '../authenticate.ts'
import type { ApiContext, InferenceRoute } from '../context.ts'
import type { Plan } from '../plan.ts'
import { keyOfFiles, namesFiles } from './files-key.ts'

/** What a request brings with it that stands not in its own body. */
export type Continuation = {
  /** The conversation so far, where it is kept here: the provider has to be told it. */
  readonly earlier?: readonly Message[]
  /** The key that has what the request names at its provider: an earlier answer, a file. */
  readonly key?: string
  /** What was said before is kept by the provider: no other one can go on from it. */
  readonly bound?: true
}

type Continued = { readonly body: JsonObject; readonly plan: Plan; readonly tenant: string }

const nothing: Continuation = {}
const wireId = 'openai-responses'

/**
 * Finds who has what the request names, and the conversation that a request for a response goes on from. One of ours is told to whichever provider is asked
 * now; one that a provider keeps can go on there alone. Throws `invalid-request` naming the member where it cannot.
 */
export async function continueRequest(
  api: Pick<ApiContext, 'store'>,
  route: Pick<InferenceRoute, 'wire'>,
  request: Continued & { readonly bytes: Buffer },
): Promise<Continuation> {
  const continuation = route.wire.id === wireId ? await continueResponse(api, request) : nothing
  // Nearly all requests end here: no walk over a body that names no file.
  if (!namesFiles(request.bytes)) return continuation
  const { provider } = request.plan.target
  const key = await keyOfFiles(createOwners(api.store.records), { ...request, provider })
  return key === undefined ? continuation : { key, ...continuation }
}

async function continueResponse(api: Pick<ApiContext, 'store'>, request: Continued): Promise<Continuation> {
  const { body, plan } = request
  const { conversation = null } = body
  if (!plan.native && conversation !== null) throw keptElsewhere('conversation')
  const id = body['previous_response_id']
  if (typeof id !== 'string' || id === '') return conversation === null ? nothing : { bound: true }
  if (isStoredResponseId(id)) {
    const stored = await createStoredResponses(api.store.records).find(id)
    if (stored === undefined || isHidden(stored.tenant, request.tenant)) throw gone()
    return { earlier: conversationOf(stored) }
  }
  const owner = await createOwners(api.store.records).find({ kind: 'response', id })
  if (isHidden(owner?.tenant, request.tenant)) throw gone()
  const isElsewhere = owner !== undefined && owner.provider !== plan.target.provider
  if (!plan.native || isElsewhere) throw keptElsewhere('previous_response_id', owner?.provider)
  return { bound: true, ...(owner?.key !== undefined && { key: owner.key }) }
}

/** The turns before an answer and the answer's own, which warnings know by the member that brought them. */
function conversationOf({ response, messages }: StoredResponse): readonly Message[] {
  return [...messages, ...answerTurns(response)].map(
    ({ partPaths: _theirs, firstPart: _too, ...message }) => ({
      ...message,
      path: 'previous_response_id',
    }),
  )
}

/** The output as the caller would have sent it back as input. */
function answerTurns({ model, output }: JsonObject): readonly Message[] {
  if (!Array.isArray(output) || output.length === 0) return []
  const { request } = responsesWire().decodeRequest({ model, input: output })
  return request.messages
}

function responsesWire() {
  const wire = chatWireOf(wireId)
  if (wire === undefined) throw new Error(`the wire ${wireId} is not in this build`)
  return wire
}

/** The conversation so far goes before the new turns; instructions hold for this answer and stay in front. */
export function withEarlier(request: ChatRequest, earlier: readonly Message[]): ChatRequest {
  const [first, ...rest] = request.messages
  const hasInstructions = first?.path === 'instructions'
  const messages = hasInstructions ? [first, ...earlier, ...rest] : [...earlier, ...request.messages]
  return { ...request, messages }
}

function keptElsewhere(member: string, provider?: string): GatewayError {
  const where =
    provider === undefined ? 'the provider that made it' : `the provider ${JSON.stringify(provider)}`
  return new GatewayError({
    kind: 'invalid-request',
    code: 'invalid_value',
    message: `${member} names what ${where} keeps, and the model is asked of another one; ask a model of that provider, or send the earlier turns in input.`,
    param: member,
  })
}

function gone(): GatewayError {
  return new GatewayError({
    kind: 'invalid-request',
    code: 'previous_response_not_found',
    message:
      'previous_response_id names a response that is not here: it was deleted, its 30 days are over, or it is not yours. Send the earlier turns in input.',
    param: 'previous_response_id',
  })
}
