/** Environment variables by name. An empty one counts as not set. */
export type Environment = Readonly<Record<string, string | undefined>>

/** The process's environment; nothing else in the gateway reads it. */
export function readEnvironment(): Environment {
  return { ...process.env }
}

/** The first of these variables that is set, with its name. */
export function firstSet(
  environment: Environment,
  names: readonly string[],
): { readonly name: string; readonly value: string } | undefined {
  for (const name of names) {
    const value = environment[name]
    if (value !== undefined && value !== '') return { name, value }
  }
  return undefined
}
