import type { ChatWire, JsonObject, Peek, Splice } from '#contract'
import { invalidRequest } from '../../invalid-request.ts'
import { readFallbacks, readStream } from '../../peek-members.ts'
import { readModel } from '../../request-members.ts'

/** What may stand for `input`: the conversation is then at the vendor. */
const standIns = ['previous_response_id', 'conversation', 'prompt'] as const

/** Reads what routing needs; throws `invalid-request` naming the member. Usage always comes, in the last event. */
export function peek(body: JsonObject): Peek {
  const model = readModel(body)
  requireInput(body)
  return { model, stream: readStream(body), streamUsage: true, fallbacks: readFallbacks(body) }
}

function requireInput(body: JsonObject): void {
  const { input } = body
  if (input === undefined || input === null) {
    if (standIns.some((name) => body[name] !== undefined && body[name] !== null)) return
    throw invalidRequest(
      'input',
      'input is missing; it must be a string or an array of items.',
      'missing_required_parameter',
    )
  }
  if (typeof input !== 'string' && !Array.isArray(input)) {
    throw invalidRequest('input', 'input must be a string or an array of items.', 'invalid_type')
  }
}

/** Model and our own `fallbacks`: nothing else of the caller's bytes changes. */
export function nativeSplice({ peek: seen, model }: Parameters<ChatWire['nativeSplice']>[0]): Splice {
  return { set: seen.model === model ? {} : { model: JSON.stringify(model) }, remove: ['fallbacks'] }
}
