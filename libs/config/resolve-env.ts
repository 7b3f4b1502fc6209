import { isJsonObject, type Json } from '#contract'
import type { Environment } from './environment.ts'
import type { Path } from './path.ts'
import type { Findings } from './problems.ts'

const reference = /^env\.(.*)$/s
const variableName = /^[A-Za-z_][A-Za-z0-9_]*$/

/**
 * Replaces every string `env.NAME` by the variable's value. A variable that is missing or empty is a problem naming
 * path and variable. Parts of the file for which `isIgnored` holds are left as they are: what is not acted on must not
 * stop the start.
 */
export function resolveEnvironment(options: {
  readonly value: Json
  readonly environment: Environment
  readonly findings: Findings
  isIgnored(path: Path): boolean
}): Json {
  const resolve = (value: Json, path: Path): Json => {
    if (options.isIgnored(path)) return value
    if (typeof value === 'string') return resolveText(value, path, options)
    if (Array.isArray(value)) return value.map((item, index) => resolve(item, [...path, index]))
    if (!isJsonObject(value)) return value
    const members = Object.entries(value).map(
      ([name, item]) => [name, resolve(item ?? null, [...path, name])] as const,
    )
    return Object.fromEntries(members)
  }
  return resolve(options.value, [])
}

/** The variable that `env.NAME` names; `undefined` for any other text. */
export function referredVariable(text: string): string | undefined {
  return reference.exec(text)?.[1]
}

/** A text, or the value of the variable that it names; a problem where that cannot be had. */
export function resolveText(
  text: string,
  path: Path,
  { environment, findings }: { readonly environment: Environment; readonly findings: Findings },
): string {
  const name = referredVariable(text)
  if (name === undefined) return text
  if (!variableName.test(name)) {
    findings.problem(
      path,
      'begins with "env." but what follows is not the name of a variable; write env.NAME.',
    )
    return unresolved
  }
  const value = environment[name]
  if (value === undefined || value === '') {
    findings.problem(
      path,
      `refers to the environment variable ${name}, which is ${value === '' ? 'empty' : 'not set'}; set ${name}, or write the value here.`,
    )
    return unresolved
  }
  return value
}

/** Stands for a value that could not be had; the problem is recorded, so nothing is built from it. */
export const unresolved = '\u0000unresolved'
