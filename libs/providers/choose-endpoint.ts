import type { Operation, WireId } from '#contract'
import { matchesPattern } from './pattern.ts'
import type { Endpoint, ProviderFacts } from './types.ts'

/**
 * How a provider is asked for an operation: on the caller's own wire where the provider speaks it (then the caller's
 * bytes go up), else on the provider's best wire that this build speaks. `undefined` when there is none. An
 * endpoint that names the model by its pattern comes before those without a pattern; of several patterns that fit the
 * first counts.
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
  const best = (endpoints: readonly Endpoint[]) =>
    endpoints.find((endpoint) => endpoint.wire === request.callerWire) ??
    endpoints.find((endpoint) => request.speaks(endpoint.wire))
  if (!all.some(({ models }) => models !== undefined)) return best(all)
  const first = all.find(({ models }) => models?.some((pattern) => matchesPattern(pattern, request.model)))
  const named = first === undefined ? [] : all.filter(({ models }) => models === first.models)
  return best(named) ?? best(all.filter(({ models }) => models === undefined))
}
