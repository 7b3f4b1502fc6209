import type { JsonObject, Strategy } from '#contract'
import { matchesPattern } from './pattern.ts'
import type { RoutingAliasTarget } from './table.ts'

/** A rule of the config. */
export type TargetRule = {
  readonly name: string
  /** All of it must fit; an empty one fits every request. */
  readonly when: {
    readonly model: string | undefined
    readonly headers: Readonly<Record<string, string>>
    readonly metadata: Readonly<Record<string, string>>
  }
  readonly targets: readonly RoutingAliasTarget[] | undefined
  readonly strategy: Strategy | undefined
  readonly fallbacks: readonly string[] | undefined
}

/** What rules look at. */
export type RuledRequest = {
  /** The model as the caller named it. */
  readonly model: string
  /** Lower case. */
  readonly headers: Readonly<Record<string, string>>
  readonly metadata: JsonObject
}

/** The first rule that fits. A header or member that is not there fits no pattern, not even `*`. */
export function matchRule<Rule extends Pick<TargetRule, 'when'>>(
  rules: readonly Rule[],
  request: RuledRequest,
): Rule | undefined {
  return rules.find(
    ({ when }) =>
      (when.model === undefined || matchesPattern(when.model, request.model)) &&
      fitsAll(when.headers, request.headers) &&
      fitsAll(when.metadata, request.metadata),
  )
}

function fitsAll(patterns: Readonly<Record<string, string>>, values: JsonObject): boolean {
  return Object.entries(patterns).every(([name, pattern]) => {
    const text = Object.hasOwn(values, name) ? textOf(values[name]) : undefined
    return text !== undefined && matchesPattern(pattern, text)
  })
}

/** Metadata may hold anything; what is no text, number or truth value fits no pattern. */
function textOf(value: unknown): string | undefined {
  if (typeof value === 'string') return value
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : undefined
}
