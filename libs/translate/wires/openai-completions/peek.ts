import type { JsonObject, Peek } from '#contract'
import { readFallbacks, readStream } from '../../peek-members.ts'
import { readModel } from '../../request-members.ts'
import { readStreamUsage } from '../openai-chat/peek.ts'

export { nativeSplice } from '../openai-chat/peek.ts'

/** Reads what routing needs; throws `invalid-request` naming the member. The vendor does without a prompt, too. */
export function peek(body: JsonObject): Peek {
  return {
    model: readModel(body),
    stream: readStream(body),
    streamUsage: readStreamUsage(body),
    fallbacks: readFallbacks(body),
  }
}
