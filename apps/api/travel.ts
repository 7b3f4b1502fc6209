import type { AnyCallerWire, ChatRequest, JsonObject, RequestAddress, Warning } from '#contract'
import { GatewayError } from '#contract'
import { providerWireOf } from '#translate'
import type { Plan } from './plan.ts'
import { leftOut } from './plan.ts'
import { type Continuation, withEarlier } from './resources/continue-request.ts'
import type { Stop } from './stop.ts'

/** How a request travels: its body, in which form, and the targets that can carry it. */
export type Travel = {
  readonly bytes: Uint8Array
  readonly bodyKind: 'wire' | 'canonical'
  readonly stops: readonly [Stop, ...Stop[]]
  /** What decoding found for the first target, and the targets that left the plan. */
  readonly warnings: readonly Warning[]
}

export type TravelRequest = {
  readonly wire: AnyCallerWire
  readonly plan: Plan
  readonly bytes: Buffer
  readonly body: JsonObject
  readonly address: RequestAddress
  readonly continuation: Continuation
}

/**
 * The caller's bytes travel when any target takes them as they are, else the canonical request. What the first target cannot
 * carry is the caller's 400; a later target that cannot carry the request leaves the plan and is named.
 */
export function planTravel(request: TravelRequest): Travel {
  const { plan, bytes, continuation } = request
  const first: Stop = continuation.earlier === undefined ? plan : { ...plan, native: false }
  // What the request names belongs to one account, and what was said before is nothing that the caller's bytes could hold.
  const isBound = continuation.key !== undefined || continuation.bound === true
  const later = isBound ? [] : plan.later
  if (first.native && later.every(({ native }) => native)) {
    return { bytes, bodyKind: 'wire', stops: [first, ...later], warnings: [] }
  }
  const decoded = decode(request, first)
  const kept = later.filter((stop) => carries(stop, decoded?.request))
  const warnings = [
    ...(first.native ? [] : (decoded?.warnings ?? [])),
    ...later.filter((stop) => !kept.includes(stop)).map(({ target }) => leftOut(target)),
  ]
  const stops = [first, ...kept] as const
  if (decoded === undefined || (continuation.earlier === undefined && stops.some(({ native }) => native))) {
    return { bytes, bodyKind: 'wire', stops, warnings }
  }
  return { bytes: Buffer.from(JSON.stringify(decoded.request)), bodyKind: 'canonical', stops, warnings }
}

type Decoded = { readonly request: unknown; readonly warnings: readonly Warning[] }

/** The request on no vendor's wire; `undefined` when only the caller's own wire can carry it. */
function decode(request: TravelRequest, first: Stop): Decoded | undefined {
  const { wire, body, address, continuation } = request
  try {
    const decoded = wire.decodeRequest(body, address)
    const { earlier } = continuation
    if (earlier === undefined) return decoded
    return { ...decoded, request: withEarlier(decoded.request as ChatRequest, earlier) }
  } catch (error) {
    if (!first.native || !GatewayError.is(error)) throw error
    return undefined
  }
}

function carries({ native, wire, target, quirks }: Stop, request: unknown): boolean {
  if (native) return true
  const provider = wire === undefined ? undefined : providerWireOf(wire)
  if (provider === undefined || request === undefined) return false
  try {
    provider.encodeRequest(request as never, { model: target.model, quirks })
    return true
  } catch (error) {
    if (!GatewayError.is(error)) throw error
    return false
  }
}
