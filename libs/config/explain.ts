import type { TLocalizedValidationError } from 'typebox/error'
import { Errors } from 'typebox/schema'
import { Settings } from 'typebox/system'
import { registered } from '#providers/catalogue'
import { exampleOfVariable } from './keys.ts'
import { didYouMean } from './nearest.ts'
import { type Path, pathOfPointer, pathText, valueAt } from './path.ts'
import type { Findings } from './problems.ts'
import schema from './schema.json' with { type: 'json' }
import { ignoredKeyword } from './schema-keywords.ts'
import { schemaAt } from './schema-walk.ts'

// The library stops at 8 by default; every mistake of a file is told in one go.
Settings.Set({ maxErrors: 1000 })

/**
 * Checks the file against the schema and tells every mistake by path: what is wrong, and what would be right. Values
 * are never shown, only what kind they are: any of them may be a credential.
 *
 * Returns the paths whose values have the wrong shape; unknown members are problems but leave the shape whole.
 */
export function checkShape(file: unknown, findings: Findings): readonly Path[] {
  const [, found] = Errors(schema, file)
  const errors = found.map((error) => ({
    error,
    path: pathOfPointer(error.instancePath, file),
  }))
  const broken: Path[] = []
  for (const { error, path } of withoutBranches(errors)) {
    if (error.keyword === 'additionalProperties') {
      for (const name of error.params.additionalProperties) {
        findings.problem([...path, name], `is not a setting here${remedy(path, name)}`)
      }
      continue
    }
    broken.push(path)
    if (error.keyword === 'required') {
      for (const name of error.params.requiredProperties) findings.problem([...path, name], 'is missing.')
      continue
    }
    findings.problem(path, `${expectation(error, path)}; it is ${actual(error, valueAt(file, path))}.`)
  }
  return broken
}

type Located = { readonly error: TLocalizedValidationError; readonly path: Path }

/**
 * A member that may be one of several shapes fails every one of them. If the value looks like one (an array among
 * them), what is wrong inside it is told; else only that it is none of them.
 */
function withoutBranches(errors: readonly Located[]): readonly Located[] {
  const unions = new Set(
    errors.filter(({ error }) => error.keyword === 'anyOf').map(({ path }) => pathText(path)),
  )
  const within = (path: Path, union: string) =>
    path.some((_, index) => index > 0 && pathText(path.slice(0, index)) === union)
  return errors.filter(({ error, path }) => {
    // "schema is false" repeats what additionalProperties says of the parent.
    if (error.keyword === 'boolean') return false
    const at = pathText(path)
    if (!unions.has(at)) return true
    return error.keyword === 'anyOf' && !errors.some((other) => within(other.path, at))
  })
}

function remedy(path: Path, name: string): string {
  const members = schemaAt(path)?.properties ?? {}
  const known = Object.keys(members)
  const likely = didYouMean(name, known)
  if (likely !== '') return likely
  const acted = known.filter((candidate) => members[candidate]?.[ignoredKeyword] === undefined)
  return `; known are ${acted.join(', ')}.`
}

function expectation(error: TLocalizedValidationError, path: Path): string {
  switch (error.keyword) {
    case 'type':
      return `must be ${article(error.params.type)}${keyExample(path)}`
    case 'enum':
      return `must be one of ${error.params.allowedValues.map((value) => JSON.stringify(value)).join(', ')}`
    case 'anyOf':
      return path[0] === 'model_aliases'
        ? 'must be a string, or a list of {"model": "provider/model", "weight": 1}'
        : 'must be a string, or an object such as {"model_id": "my-deployment"}'
    case 'minimum':
    case 'maximum':
    case 'exclusiveMinimum':
    case 'exclusiveMaximum':
      return `must be ${error.params.comparison} ${error.params.limit}`
    case 'minLength':
      return 'must not be empty'
    case 'maxLength':
      return `must be at most ${error.params.limit} characters long`
    case 'minItems':
      return `must hold at least ${error.params.limit} item`
    case 'pattern':
      return `must match ${error.params.pattern}`
    default:
      return error.message
  }
}

/** A key that is written as its bare value is the commonest mistake of a first file: what would be right is shown. */
function keyExample(path: Path): string {
  const [section, id, member, index] = path
  if (section !== 'providers' || typeof id !== 'string' || member !== 'keys' || path.length > 4) return ''
  const isCredential = pathText([id]) !== id && !registered.has(id)
  const variable = exampleOfVariable(isCredential ? 'openai' : id, registered.get(id)?.environmentVariable)
  const example = `{"value": "${variable}"}`
  return `, for example ${index === undefined ? `[${example}]` : example}`
}

function article(type: string | readonly string[]): string {
  const names = typeof type === 'string' ? [type] : type
  return names.map((name) => (/^[aeio]/.test(name) ? `an ${name}` : `a ${name}`)).join(' or ')
}

/** A number is shown only where a number was wanted: anywhere else it may be a credential without its quotes. */
function actual(error: TLocalizedValidationError, value: unknown): string {
  return typeof value === 'number' && 'limit' in error.params ? String(value) : kindOf(value)
}

function kindOf(value: unknown): string {
  if (value === null) return 'null'
  if (Array.isArray(value)) return value.length === 0 ? 'an empty array' : 'an array'
  if (typeof value === 'string') return value === '' ? 'an empty string' : 'a string'
  if (typeof value === 'object') return Object.keys(value).length === 0 ? 'an empty object' : 'an object'
  return `a ${typeof value}`
}
