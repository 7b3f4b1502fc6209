import type { Operation, WireId } from '#contract'
import { matchesPattern } from './pattern.ts'
import type { Endpoint, ProviderFacts } from './types.ts'

/**
 * How a provider is asked for an operation: on the caller's own wire where the provider speaks it (then the caller's
 * bytes go up), else on the provider's best wire that this build speaks. `undefined` when there is none. Where an
 * endpoint names the model by its pattern, those without a pattern are not for it.
 */
export function chooseEndpoint(
  facts: ProviderFacts | undefined,
  request: {
    readonly operation: Operation
    readonly callerWire: WireId
    readonly model: string
    /** Whether this build can encode requests for a wire. */
    speaks(wire: WireId): boolean
  },
): Endpoint | undefined {
  const all = facts?.operations[request.operation] ?? []
  const named = all.filter(({ models }) => models !== undefined && matchesPattern(models, request.model))
  const endpoints = named.length > 0 ? named : all.filter(({ models }) => models === undefined)
  return (
    endpoints.find((endpoint) => endpoint.wire === request.callerWire) ??
    endpoints.find((endpoint) => request.speaks(endpoint.wire))
  )
}
