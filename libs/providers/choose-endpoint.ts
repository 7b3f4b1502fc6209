import type { Operation, WireId } from '#contract'
import type { Endpoint, ProviderFacts } from './types.ts'

/**
 * How a provider is asked for an operation: on the caller's own wire where the provider speaks it (then the caller's
 * bytes go up), else on the provider's best wire that this build speaks. `undefined` when there is none.
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
  const endpoints = (facts?.operations[request.operation] ?? []).filter((endpoint) =>
    serves(endpoint, request.model),
  )
  return (
    endpoints.find((endpoint) => endpoint.wire === request.callerWire) ??
    endpoints.find((endpoint) => request.speaks(endpoint.wire))
  )
}

function serves({ models }: Endpoint, model: string): boolean {
  if (models === undefined) return true
  const pieces = models.split('*').map((piece) => piece.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&'))
  return new RegExp(`^${pieces.join('.*')}$`).test(model)
}
