import { type Path, pathText } from './path.ts'
import type { ConfigWarning } from './types.ts'

/** One thing that is wrong: where, and what would be right. */
export type ConfigProblem = { readonly path: string; readonly message: string }

/** All that is wrong with flags, environment and file at once. `message` is the whole text for people. */
export class ConfigError extends Error {
  readonly problems: readonly ConfigProblem[]

  constructor(problems: readonly ConfigProblem[], source?: string) {
    super(textOf(problems, source))
    this.name = 'ConfigError'
    this.problems = problems
  }
}

function textOf(problems: readonly ConfigProblem[], source: string | undefined): string {
  const where = source === undefined ? '' : ` ${source}`
  const lines = problems.map(({ path, message }) => `  ${path}: ${message}`)
  const count = problems.length === 1 ? '1 problem' : `${problems.length} problems`
  return [`The configuration${where} has ${count}:`, ...lines].join('\n')
}

/**
 * Gathers problems and warnings while a config is read, so that all of them are told at once. Only the first problem of
 * a path is kept: what follows from it would be noise.
 */
export type Findings = {
  problem(path: Path | string, message: string): void
  warning(path: Path | string, message: string): void
  readonly problems: readonly ConfigProblem[]
  readonly warnings: readonly ConfigWarning[]
}

export function createFindings(): Findings {
  const problems: ConfigProblem[] = []
  const warnings: ConfigWarning[] = []
  const text = (path: Path | string) => (typeof path === 'string' ? path : pathText(path))
  return {
    problems,
    warnings,
    problem: (path, message) => {
      const known = problems.some((problem) => problem.path === text(path))
      if (!known) problems.push({ path: text(path), message })
    },
    warning: (path, message) => void warnings.push({ path: text(path), message }),
  }
}
