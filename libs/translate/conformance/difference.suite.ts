import type { Warning } from '#contract'

/**
 * One way in which what was read again says less, more or something else than what was said.
 *
 *   base    where it stood, for what has a place of its own: a part, a turn, a tool. Absent for members of the request.
 *   names   what a warning may call it: the wires' own names of the member, compared without case and underscores.
 *   cause   members of the request that bring it about when they are changed: a warning that names one of them will do.
 *   neutral it means the same: a wire may name it and need not.
 *   whole   the thing at `base` itself is concerned, not one of its attributes.
 */
export type Difference = {
  readonly what: string
  readonly base?: string
  readonly names: readonly string[]
  readonly cause?: readonly string[]
  readonly neutral?: true
  readonly whole?: true
  /** Something is there that nobody said: only something else that was changed explains it. */
  readonly added?: true
}

/** Where members of a request do not stand: a warning that begins so speaks of a turn or a tool. */
const places =
  /^(?:messages|contents|input|system|systemInstruction|tools|choices|content|candidates)(?:[.[]|$)/

/** Whether `warning` names what differs. */
export function covers(warning: Warning, difference: Difference): boolean {
  const { base, names, cause, whole, added } = difference
  if (cause !== undefined && warning.code === 'changed' && isMember(warning.path, cause)) return true
  if (added === true) return false
  if (base === undefined) return isMember(warning.path, names)
  if (isWithin(base, warning.path)) return true
  if (!isWithin(warning.path, base)) return false
  return whole !== true && hasName(warning.path.slice(base.length), names)
}

const isMember = (path: string, names: readonly string[]) => !places.test(path) && hasName(path, names)

/** `path` is `outer` or inside of it. */
function isWithin(path: string, outer: string): boolean {
  return path === outer || path.startsWith(`${outer}.`) || path.startsWith(`${outer}[`)
}

function hasName(path: string, names: readonly string[]): boolean {
  const segments = path.split(/[.[\]]+/).map(plain)
  return names.some((name) => segments.includes(plain(name)))
}

const plain = (name: string) => name.replaceAll('_', '').toLowerCase()

/** What is wrong between differences and warnings: silent losses and false alarms, nothing when all is told. */
export function unexplained(
  differences: readonly Difference[],
  warnings: readonly Warning[],
): readonly string[] {
  const changed = warnings.filter(({ code }) => code === 'changed')
  const somethingChanged = differences.some((each) => changed.some((warning) => covers(warning, each)))
  const isTold = (difference: Difference) =>
    difference.neutral === true ||
    warnings.some((warning) => covers(warning, difference)) ||
    (difference.added === true && somethingChanged)
  const silent = differences.filter((difference) => !isTold(difference))
  const falseAlarms = warnings.filter((warning) => !differences.some((each) => covers(warning, each)))
  return [
    ...silent.map(({ what, base }) => `silent: ${what}${base === undefined ? '' : ` at ${base}`}`),
    ...falseAlarms.map(({ code, path }) => `false alarm: ${code}:${path}`),
  ]
}
